/** Reading of plain data that somebody else wrote: what is not of the type that was hoped for is not there. */

export type Members = Readonly<Record<string, unknown>>

/** The value as an object with members, arrays not among them; an empty one of anything else. */
export function membersOf(value: unknown): Members {
  return isMembers(value) ? value : {}
}

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Own members only: a chart may call its states `constructor` or `__proto__`. */
export function member(of: Members, name: string): unknown {
  return Object.hasOwn(of, name) ? of[name] : undefined
}

/** Null of an empty one too. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** XState's short form: one of something without an array around it. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}
