/** The pause of a worker between two looks for work, which something that happens may end before its time. */
export class Pause {
  #end = () => {}

  /** Resolves behind `ms` milliseconds, or as soon as it is ended. One at a time. */
  async take(ms: number): Promise<void> {
    let timeout: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#end = resolve
      timeout = setTimeout(resolve, ms)
    })
    clearTimeout(timeout)
    this.#end = () => {}
  }

  /** Of the pause that is being taken, if one is. */
  end(): void {
    this.#end()
  }
}
