// What the page asks of one saga, over HTTP: from journals that were kept, in a real store.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { buildHttpServer } from '../../../services/participant/http-server.ts'
import { definitionOf } from '../../../machines/lock.ts'
import { machines } from '../../../machines/registry.ts'
import { openJournal, ownAll } from '../../../test/kit/journal-database.ts'
import { keptJournal, keptJournals } from '../../../test/kit/kept-journals.ts'
import { scriptedServer } from '../../../test/kit/scripted-server.ts'
import { storeSaga } from '../../../test/kit/stored-saga.ts'
import { chartOf } from '../../chart/chart-of.ts'
import { Metrics } from '../../metrics/metrics.ts'
import { Redaction } from '../../redact/redaction.ts'
import type { SagaFile } from '../../saga-file/saga-file.ts'
import type { JournalLine } from '../../story/journal-line.ts'
import { journalLines } from '../../story/journal-lines.ts'
import { storyOf } from '../../story/story.ts'
import type { OpenedMoment } from './moment.ts'
import type { Verdict } from './replayer.ts'
import { filmRoutes } from './routes.ts'

const journal = await openJournal(t)
const [lease] = await ownAll(journal)
for (const { file } of keptJournals()) await storeSaga(journal, lease, file)

const participants: Record<string, string> = {}
const app = await buildHttpServer('test', { log: 'silent', ready: async () => undefined })
t.teardown(() => app.close())
await app.register(async (routes) =>
  filmRoutes(routes, {
    reader: journal.reader,
    machines,
    participants,
    serviceToken: undefined,
    redaction: new Redaction({ names: undefined, machines }),
    metrics: new Metrics([]).inspector,
  }),
)

const pathOf = (sagaId: string, rest: string) => `/inspector/api/sagas/${sagaId}/${rest}`
const charts = machines.map(({ machine }) => chartOf(definitionOf(machine)))

async function read<Body>(sagaId: string, rest: string): Promise<Body> {
  const { statusCode, body } = await app.inject(pathOf(sagaId, rest))
  if (statusCode !== 200) throw new Error(`${rest} answered ${statusCode}: ${body}`)
  return JSON.parse(body) as Body
}

interface Film {
  readonly saga: Readonly<Record<string, unknown>>
  readonly lines: readonly JournalLine[]
  readonly next_from_seq: number | null
}

const tellable = (lines: readonly JournalLine[]) =>
  lines.map(({ event, ...line }) => ({ ...line, type: event.type, error: event['error'] }))

/** The same saga once more, under another id, with other rows. */
async function variant(
  { file }: { file: SagaFile },
  change: Parameters<typeof storeSaga>[3],
): Promise<string> {
  const saga_id = randomUUID()
  await storeSaga(journal, lease, { ...file, saga: { ...file.saga, saga_id } }, change)
  return saga_id
}

t.test('a film has the lines that an exported file has', async (t) => {
  for (const { name, file } of keptJournals()) {
    const { saga_id, version, seq, status, machine } = file.saga
    const film = await read<Film>(saga_id, 'film')
    const expected = journalLines(file.transitions, version)
    t.same(tellable(film.lines), tellable(expected), name)
    const first_version = expected[0]?.version
    t.same(film.saga, { saga_id, machine, version, first_version, status, seq })
    t.equal(film.next_from_seq, null)
  }
})

t.test('a film is read page by page', async (t) => {
  const { file } = keptJournal('1', 'in-doubt-at-create')
  const { saga_id } = file.saga
  const first = await read<Film>(saga_id, 'film?limit=3')
  t.same([first.lines.length, first.next_from_seq], [3, 3])
  const rest = await read<Film>(saga_id, 'film?from_seq=3')
  t.same([rest.lines[0]?.seq, rest.lines.length, rest.next_from_seq], [3, 4, null])
  t.same((await read<Film>(saga_id, 'film?from_seq=99')).lines, [])
})

t.test('a moment shows what its transition noted, and what that changed', async (t) => {
  const { file } = keptJournal('1', 'done')
  const { saga_id } = file.saga
  for (const [seq, row] of file.transitions.entries()) {
    const moment = await read<OpenedMoment>(saga_id, `moments/${seq}`)
    const { context } = row.snapshot as { context: unknown }
    t.match(moment, { seq, at: row.at, state: row.state, actor: null, event: row.event, context })
    t.same(moment.snapshot, row.snapshot)
    t.same(moment.cut, { event: null, context: null, snapshot: null, changes: null })
  }
  const [start, locked] = await Promise.all(
    [0, 1].map(async (seq) => await read<OpenedMoment>(saga_id, `moments/${seq}`)),
  )
  t.same(
    start?.changes.map(({ path }) => path),
    ['cart_id', 'magasin_id', 'saga_id', 'reservation_id', 'parked'],
  )
  t.match(locked?.changes, [{ path: 'lignes', after: [{ quantite: 2 }] }])
  t.notOk('before' in (locked?.changes[0] ?? {}), 'there was nothing before')
})

t.test('of a context of megabytes a moment tells the size, and its change by member', async (t) => {
  const big = 'é'.repeat(2_500_000)
  const saga_id = await variant(keptJournal('1', 'done'), (row) => {
    const snapshot = row.snapshot as { context: object }
    return {
      ...row,
      snapshot: { ...snapshot, context: { ...snapshot.context, ...(row.seq > 0 && { big }) } },
    }
  })
  const moment = await read<OpenedMoment>(saga_id, 'moments/1')
  t.equal(moment.context, null)
  t.equal(moment.snapshot, null)
  t.ok((moment.cut.context ?? 0) > 5_000_000)
  t.ok((moment.cut.snapshot ?? 0) > (moment.cut.context ?? 0))
  const change = moment.changes.find(({ path }) => path === 'big')
  t.match(change, { after: null, cut: { before: null, after: 2_500_002 } })
  t.same(
    (await read<OpenedMoment>(saga_id, 'moments/2')).changes.map(({ path }) => path),
    [],
    'nothing changed of it',
  )
  const raw = await app.inject(pathOf(saga_id, 'moments/1/snapshot'))
  t.equal(raw.headers['content-disposition'], `attachment; filename="saga-${saga_id}-1.json"`)
  t.equal(raw.json<{ context: { big: string } }>().context.big, big)
  t.ok((await app.inject(pathOf(saga_id, 'film'))).body.length < 20_000)
})

t.test('more moments than a few wait for their turn, and more than some are turned away', async (t) => {
  const { saga_id } = keptJournal('1', 'done').file.saga
  const paths = Array.from({ length: 80 }, (_, n) => pathOf(saga_id, `moments/1${n % 2 ? '' : '/snapshot'}`))
  const answers = await Promise.all(paths.map(async (path) => app.inject(path)))
  const busy = answers.filter(({ statusCode }) => statusCode === 503)
  t.ok(busy.length > 0)
  t.match(busy[0]?.json(), { code: 'occupe' })
  t.equal(answers.filter(({ statusCode }) => statusCode === 200).length, 80 - busy.length)
  t.equal((await app.inject(pathOf(saga_id, 'moments/1'))).statusCode, 200, 'there is room again')
})

t.test('every kept journal is told again as it was, with the edges that were taken', async (t) => {
  for (const { name, file } of keptJournals()) {
    const { saga_id, version } = file.saga
    const verdict = await read<Verdict>(saga_id, 'replay')
    t.match(verdict, { outcome: 'identical', against: version, difference: null, missing: [] }, name)
    const { moments } = storyOf(journalLines(file.transitions, version), charts)
    t.same(verdict.edges, Object.fromEntries(moments.map(({ seq, edges }) => [seq, edges])), name)
  }
})

t.test('a replay names the first transition that differs, and the edges before it', async (t) => {
  const saga_id = await variant(keptJournal('1', 'done'), (row) => {
    const snapshot = row.snapshot as { context: object }
    if (row.seq !== 2) return row
    return { ...row, snapshot: { ...snapshot, context: { ...snapshot.context, magasin_id: 7 } } }
  })
  const { outcome, difference, edges } = await read<Verdict>(saga_id, 'replay')
  t.equal(outcome, 'differs')
  t.match(difference, { seq: 2, kind: 'context', changes: [{ path: 'context.magasin_id', before: 7 }] })
  t.same(Object.keys(edges), ['0', '1'])
})

t.test('a saga is told by another version, and one that nobody has is not known', async (t) => {
  const { saga_id } = keptJournal('2', 'recovered-forward').file.saga
  const verdict = await read<Verdict>(saga_id, 'replay?against=1')
  t.match(verdict, { outcome: 'differs', against: '1', difference: { seq: 3, kind: 'state' } })
  t.match((await app.inject(pathOf(saga_id, 'replay?against=7'))).json(), {
    status: 404,
    code: 'machine_inconnue',
  })
})

t.test('participants are asked what they noted, and one that is away is said to be', async (t) => {
  const { saga_id } = keptJournal('1', 'done').file.saga
  const noted = [{ action: 'SECOND' }, { action: 'FIRST' }]
  const server = await scriptedServer(t, (response) => response.end(JSON.stringify(noted)))
  Object.assign(participants, { carts: server.url, stocks: 'http://127.0.0.1:1' })
  const { participants: told } = await read<{ participants: Record<string, unknown> }>(
    saga_id,
    'service-events',
  )
  t.same(told['carts'], noted.toReversed())
  t.match(told['stocks'], { error: /ECONNREFUSED/ })
  t.same(told['produits'], { error: 'its address is not set' })
})

t.test('what is not there, or not asked rightly, is refused in words', async (t) => {
  const nobody = randomUUID()
  for (const rest of ['film', 'moments/0', 'moments/0/snapshot', 'replay', 'service-events']) {
    t.match((await app.inject(pathOf(nobody, rest))).json(), { status: 404, code: 'saga_inconnue' }, rest)
    t.match((await app.inject(pathOf('x', rest))).json(), { status: 400, code: 'requete_invalide' }, rest)
  }
  const { saga_id } = keptJournal('1', 'done').file.saga
  for (const rest of ['moments/99', 'moments/99/snapshot'])
    t.match((await app.inject(pathOf(saga_id, rest))).json(), { status: 404, code: 'transition_inconnue' })
  for (const rest of [
    'moments/-1',
    'moments/1e3',
    'film?limit=0',
    'film?limit=9999',
    'film?x=1',
    'replay?against=',
  ])
    t.equal((await app.inject(pathOf(saga_id, rest))).statusCode, 400, rest)
})
