/** What differs between two JSON values, member by member, for people. Pure: it keeps nothing. */

export interface Change {
  /** As in `context.lignes[0].quantite`. */
  readonly path: string
  /** Undefined where there was nothing. */
  readonly before: unknown
  readonly after: unknown
}

/** Enough to see what is wrong; two snapshots of different machines may differ everywhere. */
const CHANGES_MAX = 50

/** In whatever order the members are kept: a store may have moved them. */
export function changesBetween(before: unknown, after: unknown, path = ''): Change[] {
  const changes: Change[] = []
  compare(before, after, path, changes)
  return changes
}

function compare(before: unknown, after: unknown, path: string, changes: Change[]): void {
  if (before === after || changes.length >= CHANGES_MAX) return
  if (!isHolder(before) || !isHolder(after) || Array.isArray(before) !== Array.isArray(after)) {
    changes.push({ path, before, after })
    return
  }
  for (const key of Object.keys(before)) {
    // Most members of a large context are the same, and to name them all takes longer than to compare them.
    if (before[key] === after[key]) continue
    compare(before[key], after[key], pathOf(path, key, Array.isArray(before)), changes)
  }
  for (const key of Object.keys(after)) {
    if (!Object.hasOwn(before, key)) {
      compare(undefined, after[key], pathOf(path, key, Array.isArray(before)), changes)
    }
  }
}

const isHolder = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const PLAIN = /^[A-Za-z_$][\w$-]*$/

function pathOf(path: string, key: string, inArray: boolean): string {
  if (inArray) return `${path}[${key}]`
  if (!PLAIN.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}
