/** Which top-level states of a saga stand where around its rails. */
import { railsOf, ROOT, type Chart, type ChartState } from '../chart.ts'

/** From top to bottom each. */
export interface Areas {
  readonly doing: ChartState
  readonly undoing: ChartState
  readonly aboveDoing: readonly ChartState[]
  readonly belowDoing: readonly ChartState[]
  readonly aboveUndoing: readonly ChartState[]
  readonly beside: readonly ChartState[]
}

/** Stands for the root, where that listens to events itself. */
const ANYWHERE: ChartState = {
  id: ROOT,
  key: 'any state',
  parent: null,
  type: 'atomic',
  initial: null,
  calls: [],
  tags: [],
}

/** Null without rails. */
export function areasOf(chart: Chart): Areas | null {
  const rails = railsOf(chart)
  const top = chart.states.filter(({ parent, type }) => parent === null && type !== 'history')
  const doing = top.find(({ id }) => id === rails?.doing)
  const undoing = top.find(({ id }) => id === rails?.undoing)
  if (doing === undefined || undoing === undefined) return null
  const byItself = followersOf(chart)
  const forward = reachedFrom(doing.id, byItself)
  const back = reachedFrom(undoing.id, byItself)
  const others = top.filter((state) => state !== doing && state !== undoing)
  const placed = Map.groupBy(others, (state) => placeOf(state))
  const anywhere = chart.edges.some(({ source }) => source === ROOT) ? [ANYWHERE] : []
  return {
    doing,
    undoing,
    aboveDoing: placed.get('aboveDoing') ?? [],
    belowDoing: placed.get('belowDoing') ?? [],
    aboveUndoing: (placed.get('aboveUndoing') ?? []).toReversed(),
    beside: [...(placed.get('beside') ?? []), ...anywhere],
  }

  function placeOf(state: ChartState): keyof Areas {
    const { id, key, type, tags } = state
    if (key === 'parked' || tags.includes('parked')) return 'beside'
    if (key === 'done') return 'belowDoing'
    if (key === 'failed') return 'aboveUndoing'
    if (reachedFrom(id, byItself).has('doing')) return 'aboveDoing'
    if (forward.has(id)) return 'belowDoing'
    return back.has(id) || type === 'final' ? 'aboveUndoing' : 'beside'
  }
}

/** By top-level state, where a run comes to without anybody's doing. */
function followersOf({ states, edges }: Chart): ReadonlyMap<string, ReadonlySet<string>> {
  const tops = new Map<string, string>()
  for (const { id, parent } of states) tops.set(id, tops.get(parent ?? '') ?? id)
  const followers = new Map<string, Set<string>>()
  for (const { source, targets, kind } of edges) {
    const from = tops.get(source)
    if (from === undefined || (kind !== 'done' && kind !== 'always')) continue
    const known = followers.get(from) ?? new Set()
    followers.set(from, known)
    for (const target of targets) {
      const to = tops.get(target)
      if (to !== undefined && to !== from) known.add(to)
    }
  }
  return followers
}

function reachedFrom(id: string, followers: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const reached = new Set<string>()
  // A set may grow while it is walked: what is added is walked too.
  for (const next of followers.get(id) ?? []) reached.add(next)
  for (const state of reached) for (const next of followers.get(state) ?? []) reached.add(next)
  return reached
}
