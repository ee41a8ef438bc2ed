/** Puts the states of a saga into the grid: rails side by side, the others around them. */
import { ROOT, type Chart, type ChartState } from '../chart.ts'
import type { BoxRole } from '../drawing.ts'
import { areasOf, type Areas } from './areas.ts'
import type { Cell, Grid, Group, Span } from './grid.ts'
import { pairsOf, type IsPartner, type Pair } from './rungs.ts'
import { BOX_FONT, clipped } from './text.ts'

/** Longer names are cut; the page has them whole. */
const MAX_NAME_PX = 200

/** Null without rails. `ports` are groups at whose own border lines begin or end. */
export function gridOf(chart: Chart, ports: ReadonlySet<string>): Grid | null {
  const areas = areasOf(chart)
  return areas === null ? null : new Placing(chart, areas, ports).grid()
}

const isWithin = (id: string, state: ChartState) => id === state.id || id.startsWith(`${state.id}.`)
const isHistory = ({ type }: ChartState) => type === 'history'

interface Columns {
  readonly left: Span
  readonly right: Span
}

class Placing {
  readonly #inside: ReadonlyMap<string | null, readonly ChartState[]>
  readonly #histories: ReadonlyMap<string | null, readonly ChartState[]>
  readonly #areas: Areas
  readonly #ports: ReadonlySet<string>
  readonly #starts: string | null
  readonly #leads: IsPartner
  readonly #cells: Cell[] = []
  readonly #groups: Group[] = []

  constructor(chart: Chart, areas: Areas, ports: ReadonlySet<string>) {
    this.#inside = Map.groupBy(
      chart.states.filter((state) => !isHistory(state)),
      ({ parent }) => parent,
    )
    this.#histories = Map.groupBy(chart.states.filter(isHistory), ({ parent }) => parent)
    this.#areas = areas
    this.#ports = ports
    this.#starts = chart.initial
    const troubles = chart.edges.filter(({ kind }) => kind !== 'done' && kind !== 'always')
    this.#leads = (left, right) =>
      troubles.some(
        ({ source, targets }) => isWithin(source, left) && targets.some((target) => isWithin(target, right)),
      )
  }

  grid(): Grid {
    const { doing, undoing, aboveDoing, belowDoing, aboveUndoing, beside } = this.#areas
    const left = { from: 0, to: this.#width([doing, ...aboveDoing, ...belowDoing]) - 1 }
    const right = { from: left.to + 1, to: left.to + this.#width([undoing, ...aboveUndoing]) }
    const outer = { from: right.to + 1, to: right.to + this.#width(beside) }
    const starts = this.#starts === null ? 0 : 1
    const above = Math.max(this.#height(aboveDoing) + starts, this.#height(aboveUndoing))
    const before = above - this.#height(aboveDoing) - starts
    if (starts > 0)
      this.#add({ kind: 'dot', state: ROOT, role: 'start', label: '', row: before, columns: left })
    this.#column(aboveDoing, before + starts, left)
    this.#column(aboveUndoing, above - this.#height(aboveUndoing), right)
    const below = this.#pair({ left: doing, right: undoing }, above, { left, right })
    const end = this.#column(belowDoing, below, left)
    const middle = above + Math.max(0, Math.floor((below - above - this.#height(beside)) / 2))
    const last = this.#column(beside, middle, outer)
    const columns = (beside.length > 0 ? outer : right).to + 1
    return { rows: Math.max(end, last), columns, cells: this.#cells, groups: this.#groups }
  }

  #column(states: readonly ChartState[], row: number, span: Span): number {
    return states.reduce(
      (row, left) => this.#pair({ left, right: undefined }, row, { left: span, right: span }),
      row,
    )
  }

  /** The first row below it. */
  #pair({ left, right }: Pair, row: number, columns: Columns): number {
    const isLike = left !== undefined && right !== undefined && this.#kind(left) === this.#kind(right)
    if (left !== undefined && right !== undefined && !isLike) return this.#unlike(left, right, row, columns)
    const [state] = [left ?? right]
    if (state === undefined) return row
    if (this.#kind(state) === 'leaf') {
      this.#leaf(left, row, columns.left)
      this.#leaf(right, row, columns.right)
      return row + 1
    }
    const groups = [this.#open(left, row, columns.left), this.#open(right, row, columns.right)]
    const pairs = pairsOf(this.#children(left), this.#children(right), this.#leads)
    let below = this.#kind(state) === 'parallel' ? this.#regions(pairs, row, columns) : row
    if (this.#kind(state) !== 'parallel') for (const pair of pairs) below = this.#pair(pair, below, columns)
    const feet = Math.max(this.#foot(left, below, columns.left), this.#foot(right, below, columns.right))
    for (const index of groups) this.#close(index, below + feet - 1)
    return below + feet
  }

  /** A step of one kind and its compensation of another: each by itself, the lower one in the middle of the higher. */
  #unlike(left: ChartState, right: ChartState, row: number, columns: Columns): number {
    const [leftRows, rightRows] = [this.#height([left]), this.#height([right])]
    const rows = Math.max(leftRows, rightRows)
    this.#pair({ left, right: undefined }, row + ((rows - leftRows) >> 1), columns)
    this.#pair({ left: undefined, right }, row + ((rows - rightRows) >> 1), columns)
    return row + rows
  }

  /** Side by side, all as high as the highest. */
  #regions(pairs: readonly Pair[], row: number, columns: Columns): number {
    const spans = {
      left: this.#shares(
        pairs.map(({ left }) => left),
        columns.left,
      ),
      right: this.#shares(
        pairs.map(({ right }) => right),
        columns.right,
      ),
    }
    const first = this.#groups.length
    const ends = pairs.map((pair, index) => {
      const [left, right] = [spans.left[index] ?? columns.left, spans.right[index] ?? columns.right]
      return this.#pair(pair, row, { left, right })
    })
    const below = Math.max(row, ...ends)
    const regions = new Set(pairs.flatMap(({ left, right }) => [left?.id, right?.id]))
    for (let index = first; index < this.#groups.length; index++) {
      if (regions.has(this.#groups[index]?.state)) this.#close(index, below - 1)
    }
    return below
  }

  /** What is left over is the last one's. */
  #shares(states: readonly (ChartState | undefined)[], { from, to }: Span): Span[] {
    let next = from
    const last = states.findLastIndex((state) => state !== undefined)
    return states.map((state, index) => {
      const first = next
      next += state === undefined ? 0 : this.#width([state])
      return { from: first, to: index === last ? to : Math.max(first, next - 1) }
    })
  }

  #open(state: ChartState | undefined, row: number, columns: Span): number | undefined {
    if (state === undefined) return undefined
    const { id, key, parent } = state
    const label = clipped(key, BOX_FONT, MAX_NAME_PX)
    return this.#groups.push({ state: id, label, rows: { from: row, to: row }, columns, parent }) - 1
  }

  #close(index: number | undefined, to: number): void {
    const group = index === undefined ? undefined : this.#groups[index]
    if (index !== undefined && group !== undefined) {
      this.#groups[index] = { ...group, rows: { from: group.rows.from, to } }
    }
  }

  #leaf(state: ChartState | undefined, row: number, columns: Span): void {
    if (state === undefined) return
    const label = clipped(state.key, BOX_FONT, MAX_NAME_PX)
    const kind = state.type === 'final' && state.parent !== null ? 'end' : 'box'
    this.#add({ kind, state: state.id, role: this.#role(state), label, row, columns })
  }

  /** Below what is within a group: where its own lines begin, then what it remembers. How many rows that takes. */
  #foot(state: ChartState | undefined, row: number, columns: Span): number {
    if (state === undefined) return 0
    const histories = this.#histories.get(state.id) ?? []
    const ports = this.#ports.has(state.id) ? 1 : 0
    const common = { role: 'state', columns } as const
    if (ports > 0) this.#add({ ...common, kind: 'port', state: state.id, label: '', row })
    for (const [index, { id }] of histories.entries()) {
      const last = { from: columns.to, to: columns.to }
      this.#add({
        ...common,
        kind: 'history',
        state: id,
        label: 'H',
        row: row + ports + index,
        columns: last,
      })
    }
    return ports + histories.length
  }

  #add(cell: Cell): void {
    this.#cells.push(cell)
  }

  #role({ id, type, key }: ChartState): BoxRole {
    const { doing, undoing, belowDoing, aboveUndoing } = this.#areas
    if (type === 'final') {
      if (key === 'done' || belowDoing.some((state) => state.id === id)) return 'done'
      return aboveUndoing.some((state) => state.id === id) ? 'failed' : 'state'
    }
    if (id.startsWith(`${doing.id}.`)) return 'step'
    if (id.startsWith(`${undoing.id}.`)) return 'compensation'
    return id === 'parked' || id.startsWith('parked.') ? 'parked' : 'state'
  }

  #children(state: ChartState | undefined): readonly ChartState[] {
    return state === undefined ? [] : (this.#inside.get(state.id) ?? [])
  }

  #kind(state: ChartState): 'leaf' | 'parallel' | 'sequence' {
    if (this.#children(state).length === 0) return 'leaf'
    return state.type === 'parallel' ? 'parallel' : 'sequence'
  }

  /** In columns, of the widest. */
  #width(states: readonly ChartState[]): number {
    return Math.max(
      1,
      ...states.map((state) => {
        const children = this.#children(state)
        const widths = children.map((child) => this.#width([child]))
        return this.#kind(state) === 'parallel'
          ? widths.reduce((sum, width) => sum + width, 0)
          : Math.max(1, ...widths)
      }),
    )
  }

  /** In rows, of all of them one below the other. */
  #height(states: readonly ChartState[]): number {
    return states.reduce((sum, state) => {
      if (this.#kind(state) === 'leaf') return sum + 1
      const children = this.#children(state)
      const inner =
        this.#kind(state) === 'parallel'
          ? Math.max(...children.map((child) => this.#height([child])))
          : this.#height(children)
      return sum + inner + (this.#histories.get(state.id)?.length ?? 0) + (this.#ports.has(state.id) ? 1 : 0)
    }, 0)
  }
}
