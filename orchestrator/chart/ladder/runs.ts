/** The tracks of all channels: those that run down first, then those across, which begin and end at them. */
import type { Grid } from './grid.ts'
import type { Gate, Route } from './ways.ts'
import { isStraight, netOf, sideInChannel, type Slots } from './slots.ts'
import { tracksOf, type Run, type Tracks } from './tracks.ts'

export interface Channels {
  readonly vertical: readonly Tracks[]
  readonly horizontal: readonly Tracks[]
}

export function channelsOf(grid: Grid, routes: readonly Route[], slots: Slots): Channels {
  const down = new Map<number, Run[]>()
  for (const route of routes) for (const [v, run] of runsDown(route, slots)) add(down, v, run)
  const vertical = Array.from({ length: grid.columns + 1 }, (_, v) => tracksOf(down.get(v) ?? []))
  const across = new Map<number, Run[]>()
  for (const route of routes) for (const [h, run] of runsAcross(route, vertical)) add(across, h, run)
  const horizontal = Array.from({ length: grid.rows + 1 }, (_, h) => tracksOf(across.get(h) ?? []))
  return { vertical, horizontal }
}

function add(runs: Map<number, Run[]>, channel: number, run: Run): void {
  const known = runs.get(channel) ?? []
  runs.set(channel, known)
  known.push(run)
}

/** Rows and the channels between them are counted on; within a row a slot is a small part of one. */
const SLOT_SHARE = 0.0005
const positionOf = (gate: Gate, slot: number) => gate.cell.row * 2 + 1 + slot * SLOT_SHARE
const positionOfH = (h: number) => h * 2

function runsDown(route: Route, slots: Slots): [number, Run][] {
  const { exit, entry, vs, hs } = route
  if (isStraight(route)) return []
  const net = netOf(route)
  const begin = join(positionOf(exit, slots.exit.get(route) ?? 0), sideInChannel(exit.side))
  const end = join(positionOf(entry, slots.entry.get(route) ?? 0), sideInChannel(entry.side))
  return vs.map((v, index) => {
    const turn = (h: number | undefined, to: number | undefined) =>
      h === undefined || to === undefined ? undefined : join(positionOfH(h), to > v ? 'right' : 'left')
    const joins = [turn(hs[index - 1], vs[index - 1]) ?? begin, turn(hs[index], vs[index + 1]) ?? end]
    return [v, runOf(net, joins)]
  })
}

function runsAcross(route: Route, vertical: readonly Tracks[]): [number, Run][] {
  const { exit, entry, vs, hs } = route
  const net = netOf(route)
  const at = (v: number) => v * 1000 + (vertical[v]?.of.get(net) ?? 0)
  // Where it comes from, and where it goes on to, counted as above.
  const stops = [exit.cell.row + 0.5, ...hs, entry.cell.row + 0.5]
  return hs.map((h, index) => {
    const side = (stop: number | undefined) => ((stop ?? h) < h ? 'left' : 'right')
    const joins = [
      join(at(vs[index] ?? 0), side(stops[index])),
      join(at(vs[index + 1] ?? 0), side(stops[index + 2])),
    ]
    return [h, runOf(net, joins)]
  })
}

interface Join {
  readonly at: number
  /** In a channel across, left is above. */
  readonly side: 'left' | 'right'
}

const join = (at: number, side: Join['side']): Join => ({ at, side })

function runOf(net: string, joins: readonly Join[]): Run {
  const on = (wanted: Join['side']) => joins.filter(({ side }) => side === wanted).map(({ at }) => at)
  return { net, positions: joins.map(({ at }) => at), low: on('left'), high: on('right') }
}
