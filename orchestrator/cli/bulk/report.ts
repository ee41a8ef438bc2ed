// What is told of a bulk. Pure but for colours.
import { cut } from '../terminal/cut.ts'
import type { Bulk, BulkSaga, Trial } from '../client/bulks.ts'
import { plain } from '../terminal/plain.ts'
import { paint, type Style } from '../terminal/screen.ts'
import { glyphOf, styleOf } from '../terminal/statuses.ts'
import { tableOf, type Column } from '../terminal/table.ts'
import { ageOf, clockOf } from '../terminal/times.ts'
import { countsOf } from './follow.ts'

export function trialOf(
  { count, looked_at, possible, refused, sample }: Trial,
  verb: string,
  width: number,
  stream: NodeJS.WriteStream = process.stdout,
): string[] {
  if (count === 0) return ['No saga is like that.']
  const seen = looked_at < count ? `of the ${number(looked_at)} newest, ` : ''
  const lines = sample.map(({ saga_id, status, state, possible: isPossible, why }) => {
    const mark = isPossible ? paint('green', '✓', stream) : paint('red', '✗', stream)
    const stands = `${plain(status)} (${plain(state)})`
    return cut(`  ${mark} ${plain(saga_id)}  ${isPossible ? stands : whyNot(saga_id, why ?? stands)}`, width)
  })
  const rest = count - sample.length
  return [
    `${number(count)} ${count === 1 ? 'saga' : 'sagas'}; ${seen}${number(possible)} can be told to ${plain(verb)}, ${number(refused)} can not:`,
    ...lines,
    ...(rest > 0 ? [paint('dim', `    and ${number(rest)} more`, stream)] : []),
  ]
}

/** Without its id, which stands before it. */
const whyNot = (sagaId: string, why: string) => plain(why).replace(`Saga ${plain(sagaId)} `, '')

const number = (value: number) => value.toLocaleString('en')

const STYLES: Readonly<Record<string, Style>> = { running: 'cyan', stopped: 'yellow', done: 'green' }
const styleOfBulk = (status: string): Style => STYLES[status] ?? 'dim'

export function summaryOf(bulk: Bulk): string[] {
  const { bulk_id, verb, status } = bulk
  const state = paint(styleOfBulk(status), plain(status))
  return [`${state}  ${plain(verb)}  ${plain(bulk_id)}`, `  ${countsOf(bulk)}`]
}

export function portraitOf(bulk: Bulk, now = Date.now()): string[] {
  const { actor, reason, filter, rate, created_at, ended_at } = bulk
  const ended = ended_at === null ? '' : `, ended ${clockOf(ended_at)}`
  return [
    ...summaryOf(bulk),
    paint('dim', `  begun ${clockOf(created_at)}, ${ageOf(created_at, now)} ago${ended} · ${rate} a second`),
    `  ${plain(actor)}: ${plain(reason)}`,
    paint('dim', `  ${plain(filter)}`),
  ]
}

export const bulkColumns: readonly Column<Bulk>[] = [
  { title: 'BULK', cell: ({ bulk_id }) => plain(bulk_id) },
  { title: 'VERB', cell: ({ verb }) => plain(verb) },
  { title: 'STATUS', cell: ({ status }) => plain(status), style: ({ status }) => styleOfBulk(status) },
  { title: 'DONE', cell: (bulk) => `${bulk.applied}/${bulk.total}`, align: 'right' },
  { title: 'REFUSED', cell: ({ refused }) => String(refused), align: 'right', rank: 4 },
  { title: 'AGE', cell: ({ created_at }) => ageOf(created_at), align: 'right', rank: 1 },
  { title: 'BY', cell: ({ actor }) => plain(actor), min: 6, rank: 3 },
  { title: 'REASON', cell: ({ reason }) => plain(reason), min: 10, rank: 2 },
]

const LOOKS: Readonly<Record<string, string>> = { applied: 'done', pending: 'running' }

export function sagaLines(sagas: readonly BulkSaga[], width: number): string[] {
  return tableOf(sagas, sagaColumns, width)
}

const sagaColumns: readonly Column<BulkSaga>[] = [
  { title: 'SAGA', cell: ({ saga_id }) => plain(saga_id) },
  {
    title: 'OUTCOME',
    cell: ({ outcome }) => `${glyphOf(LOOKS[outcome] ?? 'failed')} ${plain(outcome)}`,
    style: ({ outcome }) => styleOf(LOOKS[outcome] ?? 'failed'),
  },
  { title: 'WHY', cell: ({ why }) => plain(why ?? ''), min: 12, rank: 1 },
]
