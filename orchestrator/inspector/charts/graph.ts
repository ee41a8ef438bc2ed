/** A chart as the layout library wants it: nodes within nodes, with the size of what is written on them. */
import type { ElkExtendedEdge, ElkNode, LayoutOptions } from 'elkjs/lib/elk-api.js'
import { ROOT, type Chart, type ChartState } from '../../chart/chart.ts'
import { BOX_FONT, clipped, LABEL_FONT, textWidth } from '../../chart/ladder/text.ts'
import { sharedOf, type Shared } from '../../chart/ladder/wires.ts'
import { packed } from './regions.ts'

export interface Graph {
  readonly root: ElkNode
  /** What its nodes stand for, by their ids. */
  readonly nodes: ReadonlyMap<string, GraphNode>
  /** What its edges stand for, by theirs; null for the line from a dot. */
  readonly lines: ReadonlyMap<string, Shared | null>
}

export interface GraphNode {
  /** Of the state; of a dot, the one that it stands in. */
  readonly state: string
  /** Null of a dot, and of the machine around all. */
  readonly chartState: ChartState | null
  readonly label: string
  readonly isGroup: boolean
}

const LABEL_WIDTH_MAX = 320
const STATE = { height: 38, widthMin: 84, padding: 46 }
const HISTORY = { width: 22, height: 22 }
const DOT = { width: 12, height: 12 }
const LINE_LABEL_HEIGHT = 16
/** Around the text, so that a line may pass on either side. */
const LINE_LABEL_PADDING = 8

const OPTIONS: LayoutOptions = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.padding': '[top=16,left=16,bottom=16,right=16]',
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '16',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '3',
  'elk.spacing.nodeSelfLoop': '16',
  'elk.layered.spacing.nodeNodeBetweenLayers': '28',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  // From where a run begins: what leads back up does so, and not what leads on.
  'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
}

const GROUP: LayoutOptions = {
  'elk.alignment': 'TOP',
  'elk.padding': '[top=40,left=16,bottom=16,right=16]',
}

/**
 * Its arrows are straighter, and its time grows far more than its charts: of 60 states in a row it took 6.6 s, the other
 * one 0.5 s.
 */
const STRAIGHTER: LayoutOptions = { 'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX' }
const STRAIGHTER_MAX = { states: 20, lines: 30 }

/** Elk 0.12 breaks over it within groups, and over some charts outside of them too. */
const IN_ORDER: LayoutOptions = { 'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES' }

export interface GraphOptions {
  /** Where there is a choice, states stand in the order of the chart. */
  readonly isInOrder: boolean
}

export function graphOf(chart: Chart, { isInOrder }: GraphOptions): Graph {
  const lines = sharedOf(chart)
  const isSmall = chart.states.length <= STRAIGHTER_MAX.states && lines.length <= STRAIGHTER_MAX.lines
  const options = { ...OPTIONS, ...(isSmall && STRAIGHTER) }
  return new GraphBuilder(chart, lines, options).build(isInOrder ? IN_ORDER : {})
}

class GraphBuilder {
  readonly #chart: Chart
  readonly #chartLines: readonly Shared[]
  readonly #options: LayoutOptions
  readonly #nodes = new Map<string, GraphNode>()
  readonly #lines = new Map<string, Shared | null>()
  readonly #edges: ElkExtendedEdge[] = []
  /** A key with a dot in it can make two states of one name: arrows then lead to the first. */
  readonly #idOf = new Map<string, string>()

  constructor(chart: Chart, lines: readonly Shared[], options: LayoutOptions) {
    this.#chart = chart
    this.#chartLines = lines
    this.#options = options
    for (const [index, { id }] of chart.states.entries())
      if (!this.#idOf.has(id)) this.#idOf.set(id, `s${index}`)
  }

  build(optionsOfRoot: LayoutOptions): Graph {
    const { machine, edges } = this.#chart
    const inside = Map.groupBy(this.#chart.states.entries(), ([, { parent }]) => parent)
    const build = (parent: string | null, initial: string | null): ElkNode[] => {
      const children = (inside.get(parent) ?? []).map(([index, state]) => {
        const isFirst = this.#idOf.get(state.id) === `s${index}`
        return this.#node(`s${index}`, state, isFirst ? build(state.id, state.initial) : [])
      })
      return [...this.#dotIn(parent ?? ROOT, initial), ...children]
    }
    let children = build(null, this.#chart.initial)
    // Its own arrows begin somewhere.
    if (edges.some(({ source, targets }) => source === ROOT && targets.length > 0)) {
      this.#idOf.set(ROOT, 'root-state')
      this.#nodes.set('root-state', { state: ROOT, chartState: null, label: machine, isGroup: true })
      children = [this.#group('root-state', machine, children)]
    }
    this.#connect()
    const layoutOptions = { ...this.#options, ...optionsOfRoot }
    const root = { id: 'root', layoutOptions, children, edges: this.#edges }
    const isParallel = this.#chart.initial === null
    return { root: (isParallel ? packed(root) : null) ?? root, nodes: this.#nodes, lines: this.#lines }
  }

  #node(id: string, state: ChartState, children: ElkNode[]): ElkNode {
    const isHistory = state.type === 'history'
    const label = isHistory ? 'H' : clipped(state.key, BOX_FONT, LABEL_WIDTH_MAX)
    this.#nodes.set(id, { state: state.id, chartState: state, label, isGroup: children.length > 0 })
    if (children.length > 0) return this.#group(id, label, children)
    if (isHistory) return { id, ...HISTORY }
    const width = Math.max(textWidth(label, BOX_FONT) + STATE.padding, STATE.widthMin)
    return { id, width, height: STATE.height }
  }

  #group(id: string, label: string, children: ElkNode[]): ElkNode {
    const widthMin = textWidth(label, BOX_FONT) + STATE.padding
    const size = { 'elk.nodeSize.constraints': 'MINIMUM_SIZE', 'elk.nodeSize.minimum': `(${widthMin},0)` }
    return { id, layoutOptions: { ...this.#options, ...GROUP, ...size }, children }
  }

  #dotIn(state: string, initial: string | null): ElkNode[] {
    const target = initial === null ? undefined : this.#idOf.get(initial)
    if (target === undefined) return []
    const id = `d${this.#nodes.size}`
    this.#nodes.set(id, { state, chartState: null, label: '', isGroup: false })
    this.#edges.push({ id: `i${this.#edges.length}`, sources: [id], targets: [target] })
    this.#lines.set(`i${this.#edges.length - 1}`, null)
    return [{ id, ...DOT, layoutOptions: { 'elk.layered.layering.layerConstraint': 'FIRST' } }]
  }

  #connect(): void {
    for (const line of this.#chartLines) {
      const { source, targets } = line.first
      // One that only acts ends where it began; one into several regions is said once.
      for (const [index, target] of (targets.length === 0 ? [source] : targets).entries()) {
        const [from, to] = [this.#idOf.get(source), this.#idOf.get(target)]
        if (from === undefined || to === undefined) continue
        const id = `e${this.#edges.length}`
        this.#lines.set(id, line)
        this.#edges.push({ id, sources: [from], targets: [to], labels: index === 0 ? labelsOf(line) : [] })
      }
    }
  }
}

function labelsOf({ label }: Shared): { text: string; width: number; height: number }[] {
  if (label === '') return []
  const width = textWidth(label, LABEL_FONT) + LINE_LABEL_PADDING
  return [{ text: label, width, height: LINE_LABEL_HEIGHT }]
}
