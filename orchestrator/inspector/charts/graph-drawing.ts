/** From where the layout library has put everything to a drawing. */
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js'
import type { ChartState } from '../../chart/chart.ts'
import type { Box, BoxRole, Drawing, Line, LineLabel, Point } from '../../chart/drawing.ts'
import type { Graph, GraphNode } from './graph.ts'

export function graphDrawing(graph: Graph, laidOut: ElkNode): Drawing {
  const lines = (laidOut.edges ?? []).flatMap((edge) => lineOf(graph, edge))
  const { width = 0, height = 0 } = laidOut
  return {
    layout: 'graph',
    width: Math.ceil(width),
    height: Math.ceil(height),
    boxes: boxesIn(graph, laidOut),
    lines,
  }
}

/** Groups before what lies within them. */
function boxesIn(graph: Graph, { children = [] }: ElkNode): Box[] {
  return children.flatMap((node) => {
    const stands = graph.nodes.get(node.id)
    const inside = boxesIn(graph, node)
    if (stands === undefined) return inside
    const { x = 0, y = 0, width = 0, height = 0 } = node
    return [
      { state: stands.state, role: roleOf(stands), label: stands.label, x, y, width, height },
      ...inside,
    ]
  })
}

function roleOf({ chartState, isGroup }: GraphNode): BoxRole {
  if (isGroup) return 'group'
  return chartState === null ? 'start' : roleOfState(chartState)
}

/** By the same words as the status of a saga. */
function roleOfState({ type, key, parent, tags }: ChartState): BoxRole {
  const is = (word: string) => (parent === null && key === word) || tags.includes(word)
  if (type === 'final') return is('failed') ? 'failed' : 'done'
  return is('parked') ? 'parked' : 'state'
}

function lineOf(graph: Graph, { id, sections = [], labels = [] }: ElkExtendedEdge): Line[] {
  const [section] = sections
  const line = graph.lines.get(id)
  if (section === undefined || line === undefined) return []
  const { startPoint, bendPoints = [], endPoint } = section
  const points = straightened([startPoint, ...bendPoints, endPoint])
  const [label] = labels
  return [
    {
      edges: line?.edges.map(({ id }) => id) ?? [],
      kind: line?.kind ?? 'always',
      points,
      label: label === undefined ? null : labelOf(label),
    },
  ]
}

function labelOf({ text = '', x = 0, y = 0, width = 0, height = 0 }: Partial<LineLabel>): LineLabel {
  return { text, x, y, width, height }
}

/** An arrow across the border of a group may be a pixel off on its other side. */
const OFF_MAX = 3

function straightened(points: readonly Point[]): Point[] {
  const straight: Point[] = []
  for (const { x, y } of points) {
    const before = straight.at(-1) ?? { x, y }
    straight.push({
      x: Math.abs(x - before.x) > OFF_MAX ? x : before.x,
      y: Math.abs(y - before.y) > OFF_MAX ? y : before.y,
    })
  }
  return straight
}
