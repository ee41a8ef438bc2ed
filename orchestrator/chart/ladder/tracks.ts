/** Which lines run beside which in a channel: those that would lie on each other get tracks of their own. */

/** Of one net in one channel, along which positions are counted. */
export interface Run {
  readonly net: string
  readonly positions: readonly number[]
  /** Where it is joined from the side with the lower tracks, and from the other. */
  readonly low: readonly number[]
  readonly high: readonly number[]
}

export interface Tracks {
  readonly count: number
  readonly of: ReadonlyMap<string, number>
}

interface Merged {
  readonly net: string
  readonly from: number
  readonly to: number
  readonly low: readonly number[]
  readonly high: readonly number[]
}

export function tracksOf(runs: readonly Run[]): Tracks {
  const merged = [...Map.groupBy(runs, ({ net }) => net)].map(([net, parts]): Merged => {
    const positions = parts.flatMap(({ positions }) => positions)
    return {
      net,
      from: Math.min(...positions),
      to: Math.max(...positions),
      low: parts.flatMap(({ low }) => low),
      high: parts.flatMap(({ high }) => high),
    }
  })
  const of = new Map<string, number>()
  const placed: Merged[] = []
  for (const run of uncrossed(merged)) {
    const beside = placed.filter((other) => run.from <= other.to && other.from <= run.to)
    of.set(run.net, Math.max(-1, ...beside.map(({ net }) => of.get(net) ?? 0)) + 1)
    placed.push(run)
  }
  return { count: Math.max(0, ...[...of.values()].map((track) => track + 1)), of }
}

/** Neighbours change places as long as that saves crossings. Each exchange saves one at least, so it ends. */
function uncrossed(runs: readonly Merged[]): Merged[] {
  const order = runs.toSorted((a, b) => a.to - a.from - (b.to - b.from))
  for (let isBetter = true; isBetter;) {
    isBetter = false
    for (let index = 0; index + 1 < order.length; index++) {
      const [a, b] = [order[index], order[index + 1]]
      if (a === undefined || b === undefined || crossings(b, a) >= crossings(a, b)) continue
      order.splice(index, 2, b, a)
      isBetter = true
    }
  }
  return order
}

/** How often the two cross if `a` has the lower track. */
function crossings(a: Merged, b: Merged): number {
  const through = (position: number, run: Merged) => run.from < position && position < run.to
  return a.high.filter((at) => through(at, b)).length + b.low.filter((at) => through(at, a)).length
}
