/** Which lines a chart is drawn with: edges with the same ends share one, so that ten events do not need ten arrows. */
import type { Chart, ChartEdge, EdgeKind } from '../../chart/chart.ts'
import { shortened } from './text-width.ts'

export interface ChartLine {
  readonly edges: readonly ChartEdge[]
  readonly source: string
  readonly target: string
  readonly kind: EdgeKind
  /** '' where nothing is to be said. */
  readonly label: string
}

/** What fits beside an arrow; the outline has all of it. */
const LABEL_LETTERS_MAX = 40
const PART_LETTERS_MAX = 28

export function linesOf({ edges }: Chart): ChartLine[] {
  const byEnds = new Map<string, ChartEdge[]>()
  for (const edge of edges) {
    const ends = JSON.stringify([edge.source, edge.targets])
    const shared = byEnds.get(ends)
    if (shared === undefined) byEnds.set(ends, [edge])
    else shared.push(edge)
  }
  return [...byEnds.values()].flatMap((shared) => {
    const [{ source, targets }] = shared as [ChartEdge]
    const kind = kindOf(shared)
    // One that only acts ends where it began; one into several regions is said once.
    const ends = targets.length === 0 ? [source] : targets
    return ends.map((target, index) => ({
      edges: shared,
      source,
      target,
      kind,
      label: index === 0 ? labelOf(shared) : '',
    }))
  })
}

/** The one that most tells how it is drawn. */
const TELLING: readonly EdgeKind[] = ['error', 'after', 'event', 'always', 'done']

function kindOf(edges: readonly ChartEdge[]): EdgeKind {
  return TELLING.find((kind) => edges.some((edge) => edge.kind === kind)) ?? 'event'
}

function labelOf(edges: readonly ChartEdge[]): string {
  const parts = [...new Set(edges.map(partOf))].map((part) => shortened(part, PART_LETTERS_MAX))
  const [first = '', ...others] = parts
  let label = first
  for (const [index, part] of others.entries()) {
    const longer = `${label}, ${part}`
    if (longer.length > LABEL_LETTERS_MAX) return `${label}, +${others.length - index}`
    label = longer
  }
  return label
}

const partOf = ({ label, guard }: ChartEdge) => (guard === null ? label : `${label} [${guard}]`)
