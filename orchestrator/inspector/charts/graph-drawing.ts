/** From where the layout library has put everything to a drawing. */
import type { ElkExtendedEdge, ElkLabel, ElkNode, ElkShape } from 'elkjs/lib/elk-api.js'
import type { ChartState } from '../../chart/chart.ts'
import type { Box, BoxRole, Drawing, Line, LineLabel, Point } from '../../chart/drawing.ts'
import type { Graph, GraphNode } from './graph.ts'

type Place = Pick<Box, 'x' | 'y' | 'width' | 'height'>

export function graphDrawing(graph: Graph, laidOut: ElkNode): Drawing {
  const lines = edgesIn(laidOut).flatMap((edge) => lineOf(graph, edge))
  const { width = 0, height = 0 } = laidOut
  return {
    layout: 'graph',
    width: Math.ceil(width),
    height: Math.ceil(height),
    boxes: boxesIn(graph, laidOut),
    lines,
  }
}

const edgesIn = ({ edges = [], children = [] }: ElkNode): ElkExtendedEdge[] => [
  ...edges,
  ...children.flatMap(edgesIn),
]

/** Groups before what lies within them. */
function boxesIn(graph: Graph, { children = [] }: ElkNode): Box[] {
  return children.flatMap((node) => {
    const stands = graph.nodes.get(node.id)
    const inside = boxesIn(graph, node)
    if (stands === undefined) return inside
    const { state, label } = stands
    return [{ state, role: roleOf(stands), label, ...placeOf(node) }, ...inside]
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
      edges: line?.edges ?? [],
      kind: line?.kind ?? 'done',
      points,
      label: label === undefined ? null : labelOf(label),
    },
  ]
}

function labelOf(label: ElkLabel): LineLabel {
  return { text: label.text ?? '', ...placeOf(label) }
}

function placeOf({ x = 0, y = 0, width = 0, height = 0 }: ElkShape): Place {
  return { x: rounded(x), y: rounded(y), width: rounded(width), height: rounded(height) }
}

/** Half a pixel matters to no line. */
const rounded = (pixels: number) => Math.round(pixels)

/** An arrow across the border of a group may be a pixel off on its other side. */
const OFF_MAX = 3

function straightened(points: readonly Point[]): Point[] {
  const straight: Point[] = []
  for (const point of points) {
    const [x, y] = [rounded(point.x), rounded(point.y)]
    const before = straight.at(-1) ?? { x, y }
    straight.push({
      x: Math.abs(x - before.x) > OFF_MAX ? x : before.x,
      y: Math.abs(y - before.y) > OFF_MAX ? y : before.y,
    })
  }
  return straight
}
