// What verify says to a person. Pure but for colours.
import { plain } from '../terminal/plain.ts'
import { paint, type Style } from '../terminal/screen.ts'
import { tableOf, type Column } from '../terminal/table.ts'
import type { Group, Judged } from './judge.ts'

/** More groups than anybody reads are only counted. */
const GROUPS_MAX = 20

export function reportOf(judged: Judged, against: string, width: number): string[] {
  const { sagas, inFlight, ended, others, transitions } = judged
  const head = paint('bold', `${number(sagas)} sagas against ${plain(against)}`)
  const seen = `${number(inFlight)} in flight, ${number(ended)} ended, ${number(transitions)} transitions`
  const beside = others === 0 ? [] : [`${number(others)} of machines that it does not have`]
  return [
    head,
    [seen, ...beside].join('; '),
    '',
    ...countLines(judged),
    ...groupLines(judged, width),
    '',
    endOf(judged),
  ]
}

function countLines({ clean, differ, untold, fit, unfit, movable, immovable }: Judged): string[] {
  return [
    counted('✓', 'green', clean, 'are told the same'),
    counted('✗', 'red', differ, 'are told otherwise'),
    counted('?', 'yellow', untold, 'can not be told'),
    counted('✓', 'green', fit, 'in flight fit as they stand'),
    counted('✗', 'red', unfit, 'in flight do not fit as they stand'),
    counted('✓', 'green', movable, 'in flight can be migrated'),
    counted('✗', 'red', immovable, 'in flight can not be migrated'),
  ].flat()
}

function counted(mark: string, style: Style, sagas: number, told: string): string[] {
  return sagas === 0 ? [] : [`  ${paint(style, mark)} ${number(sagas).padStart(7)} ${told}`]
}

const TITLES: Readonly<Record<Group['what'], string>> = {
  replay: 'Told otherwise, first:',
  fit: 'Do not fit:',
  migration: 'Can not be migrated:',
  untold: 'Can not be told:',
}

function groupLines({ groups }: Judged, width: number): string[] {
  return (['replay', 'fit', 'migration', 'untold'] as const).flatMap((what) => {
    const found = groups.filter((group) => group.what === what)
    if (found.length === 0) return []
    const more = found.length - GROUPS_MAX
    return [
      '',
      paint('bold', TITLES[what]),
      ...tableOf(found.slice(0, GROUPS_MAX), COLUMNS, width - 2).map((line) => `  ${line}`),
      ...(more > 0 ? [`  and ${more} more kinds`] : []),
    ]
  })
}

const COLUMNS: readonly Column<Group>[] = [
  { title: 'SAGAS', cell: ({ sagas }) => number(sagas), align: 'right' },
  { title: 'MACHINE', cell: ({ machine }) => plain(machine), rank: 3, min: 8 },
  { title: 'AT', cell: ({ at }) => at, min: 8 },
  { title: 'WHAT', cell: ({ kind }) => kind, rank: 2 },
  { title: 'WHY', cell: ({ why }) => plain(why), min: 10 },
  { title: 'SUCH AS', cell: ({ examples }) => plain(examples[0] ?? ''), style: () => 'dim', rank: 1 },
]

function endOf({ sagas, differ, stranded, untold }: Judged): string {
  if (sagas === 0) return paint('yellow', 'There is no saga to verify.')
  if (differ > 0 || stranded > 0) {
    const wrong = [
      ...(differ > 0 ? [`${number(differ)} would be told otherwise`] : []),
      ...(stranded > 0 ? [`${number(stranded)} could not go on`] : []),
    ]
    return paint(['red', 'bold'], '✗ breaks') + `: ${wrong.join(', ')}.`
  }
  if (untold > 0) return paint(['yellow', 'bold'], '? untold') + `: ${number(untold)} could not be told.`
  return paint(['green', 'bold'], '✓ fits') + ': all are told the same, and all in flight can go on.'
}

const number = (count: number) => count.toLocaleString('en')
