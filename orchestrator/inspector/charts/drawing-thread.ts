/**
 * The thread that draws, as seen from outside: it has one chart at a time, and a deadline for each. When that is up, or
 * its memory is used up, the thread ends, and the next chart is for another one. Without work it ends a while later.
 */
import { Worker } from 'node:worker_threads'
import type { Told } from './answers.ts'

export interface DrawnTexts {
  /** JSON of a Chart. */
  readonly chart: string
  /** '' if the time was up before. */
  readonly mermaid: string
  /** JSON of a Drawing, or `null`. */
  readonly drawing: string
  /** It was not finished: another time it might be. */
  readonly isLate: boolean
}

/** What was sent is no definition, or too much of one. The message tells whoever sent it. */
export class NotDrawableError extends Error {
  override readonly name = 'NotDrawableError'
}

export interface DrawingThreadOptions {
  readonly deadlineMs: number
  /** It ends when nothing was asked of it for so long. */
  readonly idleMs: number
  readonly script?: URL
}

interface Thread {
  readonly worker: Worker
  readonly hasBegun: Promise<boolean>
}

const SCRIPT = new URL('draw.ts', import.meta.url)
/** More than any chart needs that can be drawn. What needs more ends the thread, and not the process. */
const MEMORY = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 }

export class DrawingThread {
  readonly #options: DrawingThreadOptions
  #thread: Thread | undefined
  #idle: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: DrawingThreadOptions) {
    this.#options = options
  }

  /** To be called again only when it has resolved. Throws a NotDrawableError. */
  async draw(definition: string): Promise<DrawnTexts> {
    if (this.#isClosed) throw new Error('the thread that draws was closed')
    clearTimeout(this.#idle)
    this.#thread ??= this.#start()
    const { worker, hasBegun } = this.#thread
    worker.ref()
    // From then on, for the time that it takes to start on a busy machine is no chart's.
    if (!(await hasBegun)) throw new Error('the thread that draws did not start')
    const late = new AbortController()
    const deadline = setTimeout(() => late.abort(), this.#options.deadlineMs)
    try {
      return await ask(worker, definition, late.signal)
    } finally {
      clearTimeout(deadline)
      worker.unref()
      if (late.signal.aborted) void this.#end()
      else if (!this.#isClosed) this.#idle = setTimeout(() => void this.#end(), this.#options.idleMs).unref()
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#idle)
    await this.#end()
  }

  async #end(): Promise<void> {
    const thread = this.#thread
    // Nothing more is asked of it, though it takes a moment until it has ended.
    this.#thread = undefined
    await thread?.worker.terminate()
  }

  #start(): Thread {
    const { script = SCRIPT } = this.#options
    const worker = new Worker(script, { env: {}, execArgv: [], resourceLimits: MEMORY, name: 'draw' })
    // Its end says it all; but an error that nobody hears would end this process.
    worker.on('error', () => undefined)
    worker.once('exit', () => {
      if (this.#thread?.worker === worker) this.#thread = undefined
    })
    const begun = Promise.withResolvers<boolean>()
    worker.once('online', () => begun.resolve(true))
    worker.once('exit', () => begun.resolve(false))
    return { worker, hasBegun: begun.promise }
  }
}

/**
 * A thread that ends before it has drawn a chart has told it, mostly: it can be listed, if not shown. One that is late
 * is not waited for: there are loops out of which V8 takes its time to end a thread.
 */
async function ask(worker: Worker, definition: string, late: AbortSignal): Promise<DrawnTexts> {
  const { promise, resolve, reject } = Promise.withResolvers<DrawnTexts>()
  let [chart, mermaid]: [string | undefined, string] = [undefined, '']
  const drawn = (drawing: string, isLate: boolean) => {
    if (chart === undefined) reject(new NotDrawableError('The machine is too large to be shown.'))
    else resolve({ chart, mermaid, drawing, isLate })
  }
  const hear = (told: Told) => {
    switch (told.kind) {
      case 'chart':
        return void (chart = told.chart)
      case 'mermaid':
        return void (mermaid = told.mermaid)
      case 'drawing':
        return drawn(told.drawing, false)
      case 'refused':
        return reject(new NotDrawableError(told.why))
    }
  }
  const end = () => drawn('null', true)
  worker.on('message', hear).on('exit', end)
  late.addEventListener('abort', end)
  try {
    worker.postMessage(definition, [])
    return await promise
  } finally {
    worker.off('message', hear).off('exit', end)
  }
}
