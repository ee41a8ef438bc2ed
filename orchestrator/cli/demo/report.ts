// What the demo prints: a line for each scenario, and on a terminal a hint of what it waits for.
import { styleText } from 'node:util'
import type { WriteStream } from 'node:tty'
import type { Scenario } from './stage.ts'

export type Verdict =
  | { kind: 'as it must be'; seen: string }
  | { kind: 'differs'; differences: string[] }
  | { kind: 'not played'; reason: string }

const DOES_WIDTH = 43

export class Report {
  readonly #stream: WriteStream
  readonly #startedAt = performance.now()
  #playing = ''
  #played = 0
  readonly #differing: number[] = []
  readonly #notPlayed: number[] = []

  constructor(stream: WriteStream) {
    this.#stream = stream
  }

  begin(url: string): void {
    this.#line(`The scenarios of an order, on ${url}\n`)
  }

  playing({ number, does }: Scenario): void {
    this.#playing = `${String(number).padStart(4)}  ${does}`
    this.waiting('')
  }

  /** Only a terminal shows it, until the scenario ends. */
  waiting(hint: string): void {
    if (!this.#stream.isTTY) return
    this.#clear()
    const text = `${this.#playing} … ${hint}`
    this.#stream.write(styleText('dim', text.slice(0, this.#stream.columns - 1), { stream: this.#stream }))
  }

  verdict({ number, does }: Scenario, verdict: Verdict): void {
    this.#played += 1
    const what = `${String(number).padStart(2)}  ${does.padEnd(DOES_WIDTH)}`
    switch (verdict.kind) {
      case 'as it must be':
        return this.#line(`${this.#mark('green', '✓')} ${what} ${verdict.seen}`)
      case 'differs':
        this.#differing.push(number)
        return this.#line(`${this.#mark('red', '✗')} ${what} ${verdict.differences.join('; ')}`)
      case 'not played':
        this.#notPlayed.push(number)
        return this.#line(`${this.#mark('yellow', '-')} ${what} not played: ${verdict.reason}`)
    }
  }

  interrupted(): void {
    this.#line('Interrupted: starting again what was stopped.')
  }

  /** True if nothing differed. */
  end(): boolean {
    const seconds = Math.round((performance.now() - this.#startedAt) / 1000)
    const skipped = this.#notPlayed.length > 0 ? ` Not played: ${this.#notPlayed.join(', ')}.` : ''
    const isGood = this.#differing.length === 0
    const sum = isGood
      ? `${this.#played - this.#notPlayed.length} of ${this.#played} went as they must, in ${seconds} s.`
      : `${this.#differing.length} of ${this.#played} differ from what must be: ${this.#differing.join(', ')}.`
    this.#line(`\n${sum}${skipped}`)
    return isGood
  }

  #mark(colour: 'green' | 'red' | 'yellow', text: string): string {
    return styleText(colour, text, { stream: this.#stream })
  }

  #line(text: string): void {
    this.#clear()
    this.#stream.write(`${text}\n`)
  }

  #clear(): void {
    if (!this.#stream.isTTY) return
    this.#stream.cursorTo(0)
    this.#stream.clearLine(0)
  }
}
