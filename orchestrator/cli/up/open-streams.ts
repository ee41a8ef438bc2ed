// What may last for hours on its way through the gateway: event streams and WebSockets. When the gateway is asked to end
// they end at once, for nobody knows how long they would last; whoever was at them comes back.

export class OpenStreams {
  readonly #open = new Set<Stream>()

  add(stream: Stream): void {
    this.#open.add(stream)
    stream.once('close', () => this.#open.delete(stream))
  }

  end(): void {
    for (const stream of this.#open) stream.destroy()
  }
}

interface Stream {
  once(event: 'close', listener: () => void): unknown
  destroy(): unknown
}
