// `skald bulk ls`, `show`, `stop` and `resume`.
import { isBulk, isBulkPage, isBulkSagaPage, type Bulk } from '../client/bulks.ts'
import { Client } from '../client/client.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Globals } from '../globals.ts'
import { operatorOf, type OperatorOptions } from '../operate/operator.ts'
import { jsonOf, plain } from '../terminal/plain.ts'
import { note, paint, print, widthOf } from '../terminal/screen.ts'
import { tableOf } from '../terminal/table.ts'
import { exitOf } from './bulk.ts'
import { follow } from './follow.ts'
import { bulkColumns, portraitOf, sagaLines, summaryOf } from './report.ts'

const pathOf = (bulkId: string) => `/api/bulk/${encodeURIComponent(bulkId)}`

export interface ListOptions {
  readonly limit: number
  readonly cursor?: string
}

export async function listBulks(globals: Globals, { limit, cursor }: ListOptions): Promise<void> {
  const query = { limit: Math.min(limit, 200), cursor }
  const page = await new Client(globals).get({ path: '/api/bulk', expected: isBulkPage, query })
  if (globals.json) return print(jsonOf(page))
  if (page.bulks.length === 0) return note('Nothing was ever done in bulk.')
  print(...tableOf(page.bulks, bulkColumns, widthOf()))
  noteMore(page.next_cursor)
}

export interface ShowBulkOptions extends ListOptions {
  readonly outcome?: string
  readonly follow?: boolean
}

export async function showBulk(
  globals: Globals,
  bulkId: string,
  options: ShowBulkOptions,
): Promise<ExitCode> {
  const client = new Client(globals)
  const found = await client.get({ path: pathOf(bulkId), expected: isBulk })
  const bulk = options.follow === true ? await follow(client, found) : found
  const { outcome, cursor, limit } = options
  const page = await client.get({
    path: `${pathOf(bulkId)}/sagas`,
    expected: isBulkSagaPage,
    query: { outcome, cursor, limit: Math.min(limit, 1_000) },
  })
  if (globals.json) print(jsonOf({ bulk, ...page }))
  else {
    print(...portraitOf(bulk))
    if (page.sagas.length > 0) print('', ...sagaLines(page.sagas, widthOf()))
    noteMore(page.next_cursor)
  }
  return options.follow === true ? exitOf(bulk) : EXIT.ok
}

export async function changeBulk(
  globals: Globals,
  { bulkId, verb, options }: { bulkId: string; verb: 'stop' | 'resume'; options: OperatorOptions },
): Promise<void> {
  const call = { path: `${pathOf(bulkId)}/${verb}`, expected: isBulk, json: operatorOf(options) }
  const { body }: { body: Bulk } = await new Client(globals).post(call)
  print(...(globals.json ? [jsonOf(body)] : summaryOf(body)))
}

function noteMore(cursor: string | null): void {
  if (cursor !== null) note(paint('dim', `More: --cursor ${plain(cursor)}`, process.stderr))
}
