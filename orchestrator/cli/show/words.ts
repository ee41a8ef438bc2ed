// An event of the journal in the words of an operator. Pure.
import { plain } from '../terminal/plain.ts'

const STEP_END = /^xstate\.(done|error)\.actor\.(.+)$/
const VERB = /^skald\.(.+)$/
const TIMER = /^xstate\.after\./

/** `event` as the journal has it, or its type alone. */
export function wordsOf(event: unknown): string {
  const members = (typeof event === 'object' && event !== null ? event : {}) as Readonly<
    Record<string, unknown>
  >
  const type = typeof event === 'string' ? event : text(members['type'])
  const [, how, invoke] = STEP_END.exec(type) ?? []
  if (how === 'done') return `${plain(invoke)} done`
  if (how === 'error') {
    const { code } = (members['error'] ?? {}) as { code?: unknown }
    return `${plain(invoke)} failed${text(code) === '' ? '' : ` (${plain(code)})`}`
  }
  const [, verb] = VERB.exec(type) ?? []
  if (verb !== undefined) {
    const who = text(members['actor'])
    return who === '' ? plain(verb) : `${plain(verb)} by ${plain(who)}`
  }
  if (TIMER.test(type)) return 'its timer'
  return type === 'xstate.init' ? 'begun' : plain(type)
}

const text = (value: unknown) => (typeof value === 'string' ? value : '')
