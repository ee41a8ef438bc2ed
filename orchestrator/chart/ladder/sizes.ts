/** How large the boxes are: wide enough for their names, high enough for their lines. */
import type { Cell, Grid } from './grid.ts'
import { SLOT_PX, type Slots } from './slots.ts'
import { BOX_FONT, textWidth } from './text.ts'

interface Size {
  readonly width: number
  readonly height: number
}

export type Sizes = ReadonlyMap<Cell, Size>

/** The padding has room for a mark beside the name, and above the uppermost line for its label. */
const BOX_PX = { height: 38, padding: 46, minWidth: 108, above: 15 }
/** Of a state that only says that a region is through. */
const END_PX = { height: 28, padding: 34 }
const HISTORY_PX = 22
const DOT_PX = 12

const sameWidth = ({ columns }: Cell) => `${columns.from} ${columns.to}`
const sameHeight = ({ role, row }: Cell) => (role === 'step' || role === 'compensation' ? row : null)

const nameOf = ({ label }: Cell) => textWidth(label, BOX_FONT)

/** Boxes that stand one above the other are as wide, those on a rung as high. */
export function sizesOf({ cells }: Grid, { reach }: Slots): Sizes {
  const boxes = cells.filter(({ kind }) => kind === 'box')
  const columns = Map.groupBy(boxes, sameWidth)
  const rungs = Map.groupBy(boxes, sameHeight)
  const linesOf = (cell: Cell) => 2 * (reach.get(cell) ?? 0)
  const sizeOf = (cell: Cell): Size => {
    const lines = linesOf(cell)
    switch (cell.kind) {
      case 'dot':
        return { width: DOT_PX, height: DOT_PX }
      case 'port':
        return { width: 0, height: lines + SLOT_PX + 2 }
      case 'history':
        return { width: HISTORY_PX, height: Math.max(HISTORY_PX, lines + 8) }
      case 'end':
        return {
          width: nameOf(cell) + END_PX.padding,
          height: Math.max(END_PX.height, lines + 2 * BOX_PX.above),
        }
      case 'box': {
        const column = columns.get(sameWidth(cell)) ?? [cell]
        const rung = sameHeight(cell) === null ? [cell] : (rungs.get(sameHeight(cell)) ?? [cell])
        return {
          width: Math.max(BOX_PX.minWidth, ...column.map((other) => nameOf(other) + BOX_PX.padding)),
          height: Math.max(BOX_PX.height, ...rung.map((other) => linesOf(other) + 2 * BOX_PX.above)),
        }
      }
    }
  }
  return new Map(cells.map((cell) => [cell, sizeOf(cell)]))
}
