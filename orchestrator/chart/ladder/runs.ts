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
  for (const route of routes) {
    if (route.h !== null) add(across, route.h, runAcross(route, route.h, vertical))
  }
  const horizontal = Array.from({ length: grid.rows + 1 }, (_, h) => tracksOf(across.get(h) ?? []))
  return { vertical, horizontal }
}

function add(runs: Map<number, Run[]>, channel: number, run: Run): void {
  runs.set(channel, [...(runs.get(channel) ?? []), run])
}

/** Rows and the channels between them are counted on; within a row a slot is a small part of one. */
const SLOT_SHARE = 0.0005
const positionOf = (gate: Gate, slot: number) => gate.cell.row * 2 + 1 + slot * SLOT_SHARE
const positionOfH = (h: number) => h * 2

function runsDown(route: Route, slots: Slots): [number, Run][] {
  const { exit, entry, h } = route
  const net = netOf(route)
  const begin = positionOf(exit, slots.exit.get(route) ?? 0)
  const end = positionOf(entry, slots.entry.get(route) ?? 0)
  if (h === null) {
    if (isStraight(route)) return []
    const joins = [join(begin, sideInChannel(exit.side)), join(end, sideInChannel(entry.side))]
    return [[exit.v, runOf(net, joins)]]
  }
  const turn = positionOfH(h)
  const goesRight = entry.v > exit.v
  return [
    [exit.v, runOf(net, [join(begin, sideInChannel(exit.side)), join(turn, goesRight ? 'right' : 'left')])],
    [entry.v, runOf(net, [join(end, sideInChannel(entry.side)), join(turn, goesRight ? 'left' : 'right')])],
  ]
}

function runAcross(route: Route, h: number, vertical: readonly Tracks[]): Run {
  const net = netOf(route)
  const at = ({ v }: Gate) => v * 1000 + (vertical[v]?.of.get(net) ?? 0)
  const side = ({ cell }: Gate) => (cell.row < h ? 'left' : 'right')
  return runOf(net, [join(at(route.exit), side(route.exit)), join(at(route.entry), side(route.entry))])
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
