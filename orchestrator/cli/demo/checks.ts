// What a scenario saw, compared with what it must see. All differences are kept, for one alone seldom tells the cause.
import { isDeepStrictEqual } from 'node:util'

export class Checks {
  /** Each a clause such as "the stock is 11, not 12". */
  readonly differences: string[] = []

  equal(what: string, seen: unknown, expected: unknown): void {
    if (isDeepStrictEqual(seen, expected)) return
    this.differences.push(`${what} is ${shown(seen)}, not ${shown(expected)}`)
  }

  /** `fault` is a clause that says what is wrong if it does not hold. */
  holds(fault: string, isTrue: boolean): void {
    if (!isTrue) this.differences.push(fault)
  }
}

function shown(value: unknown): string {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return value.length === 0 ? 'nothing' : value.join(' → ')
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'missing')
}
