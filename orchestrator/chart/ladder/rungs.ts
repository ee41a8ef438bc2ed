/** Which states stand side by side: a step and its compensation share a rung. */
import type { ChartState } from '../chart.ts'

/** Top down; on the right one rolls back upwards. */
export interface Pair {
  readonly left: ChartState | undefined
  readonly right: ChartState | undefined
}

export type IsPartner = (left: ChartState, right: ChartState) => boolean

/**
 * Both in the order of a run: the rungs go down with the left ones, and up with the right ones. `leads` says whether
 * trouble in the one leads to the other, for a chart whose names do not tell.
 */
export function pairsOf(
  lefts: readonly ChartState[],
  rights: readonly ChartState[],
  leads: IsPartner,
): Pair[] {
  const partner = partnersOf(lefts.filter(isStep), rights.filter(isStep), leads)
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
  leads: IsPartner,
): ReadonlyMap<ChartState, ChartState> {
  const partners = new Map<ChartState, ChartState>()
  const free = new Set(rights)
  for (const isPartner of [isOfSameName, isOfSameStep, leads]) {
    // The last step that leads to a compensation is the one that it undoes; those before it were never begun.
    for (const left of lefts.toReversed()) {
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

/** The end of a region is no step, and nothing undoes it. */
const isStep = ({ type }: ChartState) => type !== 'final'

const isOfSameName = (left: ChartState, right: ChartState) => left.key === right.key

function isOfSameStep(left: ChartState, right: ChartState): boolean {
  const undone = new Set(right.calls.filter(({ isCompensation }) => isCompensation).map(({ step }) => step))
  return left.calls.some(({ step, isCompensation }) => !isCompensation && step !== null && undone.has(step))
}
