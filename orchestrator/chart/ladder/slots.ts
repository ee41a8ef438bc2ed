/** At which heights of a box lines leave and enter it sideways. Lines that enter together share one. */
import type { Cell, Side } from './grid.ts'
import { roughH, roughRow, type Gate, type Route } from './ways.ts'

/** Room for a label above each line. */
export const SLOT_PX = 18

export interface Slots {
  /** From the middle of the row, down. */
  readonly exit: ReadonlyMap<Route, number>
  readonly entry: ReadonlyMap<Route, number>
  /** How far from the middle of its row a cell has lines, at most. */
  readonly reach: ReadonlyMap<Cell, number>
}

/** Lines of one net run on the same tracks into the same gate: they lead to the same state, and look alike. */
export function netOf({ wire, entry }: Route): string {
  const look = entry.cell.kind === 'history' ? 'any' : wire.kind === 'error' ? 'error' : 'other'
  return [entry.cell.kind, entry.cell.state, entry.side, look].join(' ')
}

/** Across a channel, without a turn. */
export const isStraight = ({ exit, entry, hs }: Route) =>
  hs.length === 0 && exit.side !== entry.side && exit.cell.row === entry.cell.row

interface Slot {
  /** Where its lines come from or go to: who goes up leaves above who goes down, so that they need not cross. */
  readonly far: number[]
  readonly cells: Cell[]
}

export function slotsOf(routes: readonly Route[]): Slots {
  const places = new Map<string, Map<string, Slot>>()
  const keys = new Map<Route, { exit: string; entry: string }>()
  for (const [index, route] of routes.entries()) {
    const entry = netOf(route)
    const exit = isStraight(route) ? entry : `line ${index}`
    keys.set(route, { exit, entry })
    note(places, route.exit, exit, farOf(route, 'exit'))
    note(places, route.entry, entry, farOf(route, 'entry'))
  }
  const offsets = new Map<string, number>()
  const reach = new Map<Cell, number>()
  for (const [place, slots] of places) {
    const ordered = [...slots].toSorted(([, a], [, b]) => mean(a.far) - mean(b.far))
    for (const [index, [key, { cells }]] of ordered.entries()) {
      const offset = (index - (ordered.length - 1) / 2) * SLOT_PX
      offsets.set(`${place} ${key}`, offset)
      for (const cell of cells) reach.set(cell, Math.max(reach.get(cell) ?? 0, Math.abs(offset)))
    }
  }
  const at = (gate: Gate, key: string | undefined) => offsets.get(`${placeOf(gate)} ${key}`) ?? 0
  return {
    exit: new Map(routes.map((route) => [route, at(route.exit, keys.get(route)?.exit)])),
    entry: new Map(routes.map((route) => [route, at(route.entry, keys.get(route)?.entry)])),
    reach,
  }
}

function note(places: Map<string, Map<string, Slot>>, gate: Gate, key: string, far: number): void {
  const place = placeOf(gate)
  const slots = places.get(place) ?? new Map<string, Slot>()
  places.set(place, slots)
  const slot = slots.get(key) ?? { far: [], cells: [] }
  slots.set(key, slot)
  slot.far.push(far)
  slot.cells.push(gate.cell)
}

/** Both boxes beside a channel have their lines at the same heights: those of one must not run into those of the other. */
const placeOf = ({ cell, v }: Gate) => `${cell.row} ${v}`

function farOf({ exit, entry, hs }: Route, end: 'exit' | 'entry'): number {
  const turn = end === 'exit' ? hs[0] : hs.at(-1)
  if (turn !== undefined) return roughH(turn)
  if (exit.cell.row === entry.cell.row && exit.side === entry.side) {
    return roughRow(exit.cell.row) + (end === 'exit' ? -1 : 1)
  }
  return roughRow(end === 'exit' ? entry.cell.row : exit.cell.row)
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length

/** As the channel sees it: what leaves a box to the right comes into it from the left. */
export const sideInChannel = (side: Side): Side => (side === 'right' ? 'left' : 'right')
