// `skald ls`: sagas as a table that fits the terminal, as ids, or as JSON.
import { isEnd } from '../../engine/status.ts'
import { areCounts, type Count, type Saga } from '../client/answers.ts'
import { Client } from '../client/client.ts'
import { sagasOf } from '../client/pages.ts'
import { fieldsOf, type FilterOptions } from '../filters.ts'
import type { Globals } from '../globals.ts'
import { jsonOf, plain } from '../terminal/plain.ts'
import { note, paint, print, widthOf } from '../terminal/screen.ts'
import { glyphOf, styleOf } from '../terminal/statuses.ts'
import { tableOf, type Column } from '../terminal/table.ts'
import { ageOf } from '../terminal/times.ts'

export interface LsOptions extends FilterOptions {
  readonly limit: number
  readonly cursor?: string
  readonly quiet?: boolean
  readonly counts?: boolean
}

export async function ls(globals: Globals, options: LsOptions): Promise<void> {
  const client = new Client(globals)
  const fields = fieldsOf(options)
  if (options.counts === true) {
    const { machine, version } = fields
    const body = await client.get({
      path: '/api/counts',
      expected: areCounts,
      query: { machine, version },
    })
    const isMeant = ({ status }: Count) => fields.status === undefined || status === fields.status
    const counts = body.counts.filter(isMeant)
    return globals.json ? print(jsonOf({ counts })) : printCounts(counts)
  }
  const { limit, cursor } = options
  const page = await sagasOf(client, fields, { limit, ...(cursor !== undefined && { cursor }) })
  if (options.quiet === true) return print(...page.sagas.map(({ saga_id }) => plain(saga_id)))
  if (globals.json) return print(jsonOf(page))
  if (page.sagas.length === 0) return note('No saga is like that.')
  print(...tableOf(page.sagas, columns, widthOf()))
  if (page.next_cursor !== null)
    note(
      paint(
        'dim',
        `${page.sagas.length} of more: --limit, or --cursor ${plain(page.next_cursor)}`,
        process.stderr,
      ),
    )
}

const columns: readonly Column<Saga>[] = [
  { title: 'SAGA', cell: ({ saga_id }) => plain(saga_id) },
  {
    title: 'MACHINE',
    cell: ({ machine, version }) => `${plain(machine)}@${plain(version)}`,
    min: 10,
    rank: 3,
  },
  {
    title: 'STATUS',
    cell: ({ status }) => `${glyphOf(status)} ${plain(status)}`,
    style: ({ status }) => styleOf(status),
  },
  { title: 'STATE', cell: (saga) => (isEnd(saga.status) ? '' : plain(saga.state)), min: 8, rank: 4 },
  { title: 'STEP', cell: ({ step }) => plain(step ?? ''), min: 6, rank: 5 },
  { title: 'ERROR', cell: ({ error_code }) => plain(error_code ?? ''), style: () => 'red', min: 8, rank: 1 },
  { title: 'TRIES', cell: ({ parked }) => plain(parked?.tries ?? ''), align: 'right', rank: 6 },
  { title: 'AGE', cell: ({ created_at }) => ageOf(created_at), align: 'right', rank: 2 },
]

function printCounts(counts: readonly Count[]): void {
  if (counts.length === 0) return note('There are no sagas.')
  print(...tableOf(counts, countColumns, widthOf()))
  const total = counts.reduce((sum, { sagas }) => sum + sagas, 0)
  note(paint('dim', `${total.toLocaleString('en')} in all`, process.stderr))
}

const countColumns: readonly Column<Count>[] = [
  { title: 'MACHINE', cell: ({ machine, version }) => `${plain(machine)}@${plain(version)}`, min: 8 },
  {
    title: 'STATUS',
    cell: ({ status }) => `${glyphOf(status)} ${plain(status)}`,
    style: ({ status }) => styleOf(status),
    min: 8,
  },
  {
    title: 'STATE',
    cell: ({ state, status }) => (isEnd(status) ? '' : plain(state ?? '')),
    min: 8,
    rank: 1,
  },
  { title: 'SAGAS', cell: ({ sagas }) => sagas.toLocaleString('en'), align: 'right' },
]
