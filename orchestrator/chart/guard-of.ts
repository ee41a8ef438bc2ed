/** What people call a guard: its name, or as much of an inline one as fits beside an arrow. */
import { isMembers, listOf, member, textOf, type Members } from './members.ts'

/** Beyond it a guard is no label any more. */
const MAX_INLINE = 32

/** Null where there is no guard. */
export function guardOf(guard: unknown): string | null {
  if (guard === undefined || guard === null || guard === '') return null
  if (typeof guard === 'string') return guard
  if (!isMembers(guard)) return 'guard'
  // XState's own `and`, `or`, `not` and `stateIn` are functions that carry what they were made of.
  if (Array.isArray(member(guard, 'guards'))) return combinedOf(guard)
  const state = textOf(member(guard, 'stateValue'))
  if (state !== null) return `in ${state}`
  return textOf(member(guard, 'type')) ?? inlineOf(textOf(member(guard, 'source'))) ?? 'guard'
}

function combinedOf(guard: Members): string {
  const parts = listOf(member(guard, 'guards')).map((part) => guardOf(part) ?? 'guard')
  const name = /^function(?<name>and|or|not)\(/.exec(textOf(member(guard, 'source')) ?? '')?.groups?.['name']
  if (name === 'not') return `not ${parts.join()}`
  return parts.join(name === 'or' ? ' or ' : ' and ')
}

/** The expression of an arrow function, if that is all that it is. */
function inlineOf(source: string | null): string | null {
  const expression = /^(?:\([^()]*\)|\w+)=>(?<expression>[^{].*)$/s.exec(source ?? '')?.groups?.['expression']
  return expression !== undefined && expression.length <= MAX_INLINE ? expression : null
}
