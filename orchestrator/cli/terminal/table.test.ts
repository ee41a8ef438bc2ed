import stringWidth from 'string-width'
import t from 'tap'
import { tableOf, type Column } from './table.ts'

interface Row {
  readonly id: string
  readonly what: string
  readonly count: number
}

const columns: readonly Column<Row>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'WHAT', cell: ({ what }) => what, min: 4 },
  { title: 'EMPTY', cell: () => '' },
  { title: 'COUNT', cell: ({ count }) => String(count), align: 'right', rank: 1 },
]
const rows = [
  { id: 'first', what: 'a text of some length', count: 1 },
  { id: 'second', what: '東京', count: 1000 },
]

t.test('columns stand below each other, numbers to the right, and empty ones are left out', async (t) => {
  t.strictSame(tableOf(rows, columns, Number.POSITIVE_INFINITY), [
    'ID      WHAT                   COUNT',
    'first   a text of some length      1',
    'second  東京                    1000',
  ])
})

t.test('where there is less room, texts are cut', async (t) => {
  t.strictSame(tableOf(rows, columns, 25), [
    'ID      WHAT        COUNT',
    'first   a text of…      1',
    'second  東京         1000',
  ])
})

t.test('where there is no room, what matters least goes', async (t) => {
  t.strictSame(tableOf(rows, columns, 13), ['ID      WHAT', 'first   a te…', 'second  東京'])
})

t.test('where not even the rest fits, each row takes two lines', async (t) => {
  t.strictSame(tableOf(rows, columns, 8), ['ID', '  WHAT', 'first', '  a tex…', 'second', '  東京'])
})

t.test('no line is wider than it may be', async (t) => {
  for (let width = 8; width < 50; width += 1) {
    const tooWide = tableOf(rows, columns, width).filter((line) => stringWidth(line) > width)
    t.strictSame(tooWide, [], String(width))
  }
})
