// A way between two processes that can lose what goes through it: answers cut when the work is done, requests cut
// before they are heard, either held up, or all of it stopped for a while.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scope } from './scope.ts'

interface Link {
  readonly near: Socket
  readonly far: Socket
  /** Whether something was asked that has not been answered. */
  isAsked: boolean
  /** What is on its way back, in order. */
  answers: Promise<unknown>
}

type Struck = 'answers cut' | 'requests cut' | 'answers delayed'

export class TcpProxy {
  readonly port: number
  /** How often each thing was truly done to a piece of traffic. */
  readonly struck: Record<Struck, number> = { 'answers cut': 0, 'requests cut': 0, 'answers delayed': 0 }
  readonly #targetPort: number
  readonly #links = new Set<Link>()
  #answersToCut = 0
  #requestsToCut = 0
  #delayMs = 0
  #isBlocked = false

  private constructor(port: number, targetPort: number) {
    this.port = port
    this.#targetPort = targetPort
  }

  /** To a port of this machine; ends with the scope. */
  static async open(scope: Scope, targetPort: number): Promise<TcpProxy> {
    let proxy: TcpProxy | undefined
    const server = createServer((near) => proxy?.accept(near))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const opened = new TcpProxy((server.address() as { port: number }).port, targetPort)
    proxy = opened
    scope.teardown(() => {
      server.close()
      opened.breakAll()
    })
    return opened
  }

  cutAnswers(count: number): void {
    this.#answersToCut = count
  }

  cutRequests(count: number): void {
    this.#requestsToCut = count
  }

  /** 0 ends it. */
  delayAnswers(ms: number): void {
    this.#delayMs = ms
  }

  /** From now on nothing comes through, and nobody is told. */
  block(): void {
    this.#isBlocked = true
    for (const { near, far } of this.#links) {
      near.pause()
      far.pause()
    }
  }

  /** What was held up comes through, late. */
  unblock(): void {
    this.#isBlocked = false
    for (const { near, far } of this.#links) {
      near.resume()
      far.resume()
    }
  }

  breakAll(): void {
    for (const { near, far } of this.#links) {
      near.destroy()
      far.destroy()
    }
  }

  /** Does no harm any more. */
  heal(): void {
    this.#answersToCut = 0
    this.#requestsToCut = 0
    this.#delayMs = 0
    this.unblock()
  }

  accept(near: Socket): void {
    const far = connect(this.#targetPort, '127.0.0.1')
    const link: Link = { near, far, isAsked: false, answers: Promise.resolve() }
    this.#links.add(link)
    near.setNoDelay()
    far.setNoDelay()
    if (this.#isBlocked) {
      near.pause()
      far.pause()
    }
    near.on('data', (piece) => this.#request(link, piece))
    far.on('data', (piece) => this.#answer(link, piece))
    near.on('error', () => undefined).on('close', () => far.destroy())
    far
      .on('error', () => undefined)
      .on('close', () => {
        this.#links.delete(link)
        void link.answers.then(() => near.destroy())
      })
  }

  #request(link: Link, piece: Buffer): void {
    if (this.#requestsToCut > 0) {
      this.#requestsToCut -= 1
      this.struck['requests cut'] += 1
      link.near.destroy()
      return
    }
    link.isAsked = true
    link.far.write(piece)
  }

  #answer(link: Link, piece: Buffer): void {
    if (this.#answersToCut > 0 && link.isAsked) {
      this.#answersToCut -= 1
      this.struck['answers cut'] += 1
      link.near.destroy()
      return
    }
    link.isAsked = false
    const delayMs = this.#delayMs
    if (delayMs > 0) this.struck['answers delayed'] += 1
    link.answers = link.answers
      .then(() => (delayMs > 0 ? sleep(delayMs) : undefined))
      .then(() => link.near.write(piece))
  }
}
