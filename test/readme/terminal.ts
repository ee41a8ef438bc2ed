// A terminal as a reader of the README has it: one shell, in which variables and the working directory stay.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'

interface Place {
  cwd: string
  env: Record<string, string>
}

interface Finished {
  code: number
  output: string
}

type TestScope = Pick<Test, 'teardown'>

/** What a login would set: nothing of the npm that runs this test, nor of its node_modules. */
export function plainEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '/' } = process.env
  const folders = PATH.split(':').filter((folder) => !folder.includes('node_modules'))
  return { PATH: folders.join(':'), HOME }
}

/** What the shell prints when a command has ended, with its exit code. */
const END = /\n=== ended (\d+)\n$/

export class Terminal {
  readonly #shell: ChildProcess
  readonly #closed: Promise<unknown>
  #isClosed = false
  #output = ''

  constructor(t: TestScope, { cwd, env }: Place) {
    this.#shell = spawn('bash', ['--norc'], { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
    this.#shell.stdout?.setEncoding('utf8').on('data', (piece: string) => (this.#output += piece))
    this.#closed = once(this.#shell, 'close').then(() => (this.#isClosed = true))
    // tap puts hooks for its own sake into every process that a test spawns.
    this.#shell.stdin?.write('unset NODE_OPTIONS\n')
    t.teardown(() => this.interrupt())
  }

  /** What the last command has printed so far. */
  get output(): string {
    return this.#output.replace(END, '')
  }

  get hasEnded(): boolean {
    return this.#isClosed || END.test(this.#output)
  }

  begin(command: string): void {
    this.#output = ''
    // The shell reads its commands from stdin: they must not be eaten by the command that runs.
    this.#shell.stdin?.write(`{ ${command}\n} </dev/null 2>&1; printf '\\n=== ended %d\\n' $?\n`)
  }

  /** Resolves when the command has ended. */
  async run(command: string): Promise<Finished> {
    this.begin(command)
    while (!this.hasEnded) await Promise.race([once(this.#shell.stdout ?? this.#shell, 'data'), this.#closed])
    const code = END.exec(this.#output)?.[1]
    if (code === undefined) throw new Error(`the shell ended: ${this.#output}`)
    return { code: Number(code), output: this.output }
  }

  /** Ctrl-C, and the terminal is closed. */
  async interrupt(): Promise<void> {
    if (this.#isClosed) return
    this.#shell.stdin?.end()
    try {
      process.kill(-(this.#shell.pid ?? 0), 'SIGINT')
    } catch {
      // It has just ended by itself.
    }
    await this.#closed
  }
}
