// Tables as kubectl and gh print them: no frames, so that they can be searched, cut and pasted. Pure but for colours.
import { cut } from './cut.ts'
import stringWidth from 'string-width'
import { paint, type Style } from './screen.ts'

export interface Column<Row> {
  readonly title: string
  /** Harmless already (plain). */
  readonly cell: (row: Row) => string
  readonly style?: (row: Row) => Style
  readonly align?: 'right'
  /** It may be cut down to so many columns; without this, never. */
  readonly min?: number
  /** Where there is no room at all, those with the highest number go first; without this, it stays. */
  readonly rank?: number
}

const GAP = '  '

interface Laid<Row> {
  readonly column: Column<Row>
  width: number
}

/**
 * Lines, the titles first. A column in which nothing stands is left out. Where not even the columns that stay have room,
 * the first has a line of its own, and the others stand below it.
 */
export function tableOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number): string[] {
  const filled = columns.filter((column) => rows.some((row) => column.cell(row) !== ''))
  const laid = layOut(rows, filled, width)
  if (laid.length === 1 || widthOf(laid) <= width) return linesOf(rows, laid)
  const [first, ...others] = filled
  const keys = linesOf(rows, layOut(rows, first === undefined ? [] : [first], width))
  const below = linesOf(rows, layOut(rows, others, width - GAP.length))
  return keys.flatMap((key, index) => [key, `${GAP}${below[index] ?? ''}`])
}

function linesOf<Row>(rows: readonly Row[], laid: readonly Laid<Row>[]): string[] {
  const head = lineOf(laid, ({ column }) => [column.title, 'dim'])
  return [head, ...rows.map((row) => lineOf(laid, ({ column }) => [column.cell(row), column.style?.(row)]))]
}

function widthOf<Row>(laid: readonly Laid<Row>[]): number {
  return laid.reduce((total, { width }) => total + width, GAP.length * (laid.length - 1))
}

/** Columns go until the others fit when cut as far as they may be; then the widest is cut first. */
function layOut<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number): Laid<Row>[] {
  const laid = columns.map((column) => {
    const widths = rows.map((row) => stringWidth(column.cell(row)))
    return { column, width: Math.max(stringWidth(column.title), ...widths) }
  })
  const least = ({ column, width }: Laid<Row>) => Math.min(column.min ?? width, width)
  const sum = (of: (one: Laid<Row>) => number) =>
    laid.reduce((total, one) => total + of(one), GAP.length * (laid.length - 1))
  while (sum(least) > width) {
    const ranks = laid.map(({ column }) => column.rank ?? 0)
    const last = Math.max(...ranks)
    if (last === 0) break
    laid.splice(ranks.lastIndexOf(last), 1)
  }
  for (let over = sum((one) => one.width) - width; over > 0; over -= 1) {
    const widest = laid.filter((one) => one.width > least(one)).toSorted((a, b) => b.width - a.width)[0]
    if (widest === undefined) break
    widest.width -= 1
  }
  return laid
}

function lineOf<Row>(
  laid: readonly Laid<Row>[],
  of: (one: Laid<Row>) => readonly [string, Style | undefined],
): string {
  const cells = laid.map((one, index) => {
    const [text, style] = of(one)
    const shown = cut(text, one.width)
    const room = ' '.repeat(Math.max(0, one.width - stringWidth(shown)))
    const painted = style === undefined ? shown : paint(style, shown)
    if (one.column.align === 'right') return room + painted
    return index === laid.length - 1 ? painted : painted + room
  })
  return cells.join(GAP).trimEnd()
}
