/** Which states stand side by side: a step and its compensation share a rung. */
import type { ChartState } from '../chart.ts'

/** Top down; on the right one rolls back upwards. */
export interface Pair {
  readonly left: ChartState | undefined
  readonly right: ChartState | undefined
}

/** Both in the order of a run: the rungs go down with the left ones, and up with the right ones. */
export function pairsOf(lefts: readonly ChartState[], rights: readonly ChartState[]): Pair[] {
  const partner = partnersOf(lefts, rights)
  const pairs: Pair[] = lefts.map((left) => ({ left, right: partner.get(left) }))
  const taken = new Set(partner.values())
  // One without a step stands below whom it is rolled back before.
  let above = -1
  for (const right of rights.toReversed()) {
    if (taken.has(right)) above = pairs.findIndex((pair) => pair.right === right)
    else pairs.splice(++above, 0, { left: undefined, right })
  }
  return pairs
}

function partnersOf(
  lefts: readonly ChartState[],
  rights: readonly ChartState[],
): ReadonlyMap<ChartState, ChartState> {
  const partners = new Map<ChartState, ChartState>()
  const free = new Set(rights)
  for (const isPartner of [isOfSameName, isOfSameStep]) {
    for (const left of lefts) {
      if (partners.has(left)) continue
      const right = [...free].find((right) => isPartner(left, right))
      if (right === undefined) continue
      partners.set(left, right)
      free.delete(right)
    }
  }
  // Names of their own, but as many: they were written as a mirror.
  if (partners.size > 0 || lefts.length !== rights.length) return partners
  return new Map(lefts.flatMap((left, index) => mirrored(left, rights.at(-1 - index))))
}

const mirrored = (left: ChartState, right: ChartState | undefined): [ChartState, ChartState][] =>
  right === undefined ? [] : [[left, right]]

const isOfSameName = (left: ChartState, right: ChartState) => left.key === right.key

function isOfSameStep(left: ChartState, right: ChartState): boolean {
  const undone = new Set(right.calls.filter(({ isCompensation }) => isCompensation).map(({ step }) => step))
  return left.calls.some(({ step, isCompensation }) => !isCompensation && step !== null && undone.has(step))
}
