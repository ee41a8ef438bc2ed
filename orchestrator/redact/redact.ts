/**
 * What nobody outside may see, by the names of the members that hold it: put out of sight wherever such a member is in
 * a value. Pure.
 */
export const REDACTED = '[redacted]'

/** More than any body that is let in; what is nested deeper is not shown at all. */
const DEPTH_MAX = 512

export interface Redactions {
  readonly names: ReadonlySet<string>
  /** What a text that is not such a member is shown as; the same text without. */
  readonly text?: (text: string) => string
}

/** The value as it may be seen; itself, not a copy, where nothing of it is put out of sight. */
export function redactor({ names, text = asItIs }: Redactions): (value: unknown) => unknown {
  const redact = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return text(value)
    if (typeof value !== 'object' || value === null) return value
    if (depth === DEPTH_MAX) return REDACTED
    if (Array.isArray(value)) {
      const items = value.map((item) => redact(item, depth + 1))
      return items.some((item, index) => item !== value[index]) ? items : value
    }
    let isSame = true
    const members = Object.entries(value).map(([name, member]) => {
      const shown = names.has(name) ? REDACTED : redact(member, depth + 1)
      const key = names.has(name) ? name : text(name)
      if (shown !== member || key !== name) isSame = false
      return [key, shown] as const
    })
    // Whatever a member is called, `__proto__` too, it becomes one of its own.
    return isSame ? value : Object.fromEntries(members)
  }
  return (value) => redact(value, 0)
}

const asItIs = (text: string) => text

/** All texts and numbers that are put out of sight in it, as texts. */
export function redactedIn(names: ReadonlySet<string>, value: unknown): Set<string> {
  const found = new Set<string>()
  const look = (at: unknown, isRedacted: boolean, depth: number): void => {
    if (isRedacted && (typeof at === 'string' || typeof at === 'number')) found.add(String(at))
    if (typeof at !== 'object' || at === null || depth === DEPTH_MAX) return
    for (const [name, member] of Object.entries(at))
      look(member, isRedacted || (!Array.isArray(at) && names.has(name)), depth + 1)
  }
  look(value, false, 0)
  found.delete(REDACTED)
  return found
}
