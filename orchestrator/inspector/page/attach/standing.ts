/** How an attached actor stands, for its chart and in words. Pure. */
import { pathsOf } from '../../../chart/active.ts'
import type { StateMark } from '../chart/chart-props.ts'
import type { Mark } from '../icon/glyphs.ts'
import type { Actor } from './actors.ts'
import { jsonOf } from './received.ts'

const MARKS: Readonly<Record<string, Mark>> = {
  active: 'current',
  done: 'done',
  error: 'failed',
  stopped: 'abandoned',
}

/** One that says nothing of how it stands runs, as far as anybody knows. */
export function statusOf({ snapshot: { status } }: Actor): string {
  return typeof status === 'string' && Object.hasOwn(MARKS, status) ? status : 'active'
}

export const markOf = (actor: Actor): Mark => MARKS[statusOf(actor)] ?? 'current'

/** On every state that is active. */
export function marksOf(actor: Actor): Map<string, StateMark> {
  return new Map(pathsOf(actor.snapshot['value']).map((state) => [state, { mark: markOf(actor) }]))
}

/** The innermost ones, as in `doing.left.a, doing.right.b`; JSON of what is no value of a machine. */
export function whereOf({ snapshot: { value } }: Actor): string {
  return valueWords(value)
}

export function valueWords(value: unknown): string {
  if (value === undefined) return ''
  const paths = pathsOf(value)
  if (paths.length === 0) return jsonOf(value) ?? ''
  return paths.filter((path) => !paths.some((other) => other.startsWith(`${path}.`))).join(', ')
}
