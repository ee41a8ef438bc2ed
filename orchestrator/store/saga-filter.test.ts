// What the filter of sagas means is told here once more, in plain JavaScript: lists, which leap from index to index, and
// conditions, as counts have them, must find the same.
import { sql } from 'kysely'
import t from 'tap'
import { v7 as newSagaId } from 'uuid'
import type { StepFailure } from '../../machines/step.ts'
import { openJournal, ownAll, startOf } from '../../test/kit/journal-database.ts'
import type { SagaWrite } from '../engine/ports.ts'
import { filtered, type SagaFilter } from './saga-filter.ts'
import { sagaPage } from './saga-page.ts'

const journal = await openJournal(t)
const { db, reader, store } = journal
const leases = await ownAll(journal)

const refused = { name: 'StepRefused', message: 'No.', step: 'lock', inDoubt: false }
const failure = (code: string): StepFailure => ({ ...refused, code })
const parkedFor = (code: string) => ({
  cause: failure('first'),
  failing: { ...failure(code), invoke: 'undo-lock', tries: 2 },
})

/** Each way in which a saga can stand. */
const standings: (Pick<SagaWrite, 'status' | 'state'> & Partial<SagaWrite>)[] = [
  { status: 'running', state: 'doing.lock', step: 'lock' },
  { status: 'running', state: 'doing.reserve', step: 'reserve' },
  { status: 'running', state: 'doing', wakeAt: 'on_event' },
  { status: 'running', state: 'doing.lock', wakeAt: 'on_event' },
  { status: 'running', state: 'do' },
  {
    status: 'compensating',
    state: 'undoing.lock',
    step: 'lock',
    trouble: { cause: failure('no'), failing: null },
  },
  { status: 'compensating', state: 'undoing.lock', wakeAt: Date.UTC(2100, 0) },
  { status: 'parked', state: 'parked', step: 'lock', trouble: parkedFor('no'), wakeAt: Date.UTC(2100, 0) },
  { status: 'parked', state: 'parked', step: 'reserve', trouble: parkedFor('down'), wakeAt: 'on_event' },
  // A chart may try something else while it is parked.
  { status: 'parked', state: 'parked', step: 'lock', wakeAt: 'in_flight' },
  {
    status: 'parked',
    state: 'doing.lock',
    step: 'lock',
    wakeAt: 'in_flight',
    problem: { code: 'MACHINE_FAILED', message: 'it threw' },
  },
  { status: 'done', state: 'done', wakeAt: 'ended' },
  { status: 'failed', state: 'failed', wakeAt: 'ended', trouble: { cause: failure('no'), failing: null } },
  {
    status: 'failed',
    state: 'undoing.lock',
    wakeAt: 'ended',
    trouble: { cause: failure('ABANDONED'), failing: null },
  },
]
const versions = [
  { machine: 'commande', version: '1' },
  { machine: 'commande', version: '2' },
  { machine: 'retour', version: '1' },
]
const FIRST = Date.UTC(2026, 0, 1)
const KEYS = ['caisse-1', 'caisse-12', 'caisse_1', 'CAISSE-1', '100%']

const sagas: SagaWrite[] = versions.flatMap(({ machine, version }, which) =>
  standings.map((standing, index) => {
    const nth = which * standings.length + index
    const lease = leases[nth % leases.length] ?? leases[0]
    const sagaId = newSagaId({ msecs: FIRST + nth * 1_000 })
    const businessKey = KEYS[nth % KEYS.length] ?? ''
    const write = { ...startOf(lease, { sagaId, machine, businessKey }), ...standing }
    return { ...write, start: write.start && { ...write.start, version } }
  }),
)
await store.write(sagas)

function isMeant(saga: SagaWrite, filter: SagaFilter): boolean {
  const { machine, version, status, state, step, errorCode, ended, createdBefore, createdSince, q } = filter
  const code = saga.problem?.code ?? saga.trouble?.failing?.code ?? saga.trouble?.cause?.code
  const createdAt = Number.parseInt(saga.sagaId.replaceAll('-', '').slice(0, 12), 16)
  const isIn =
    state === undefined ||
    (state === state.toUpperCase()
      ? saga.status === state.toLowerCase()
      : saga.state === state || saga.state.startsWith(`${state}.`))
  return (
    (machine === undefined || saga.start?.machine === machine) &&
    (version === undefined || saga.start?.version === version) &&
    (status === undefined || saga.status === status) &&
    isIn &&
    (step === undefined || saga.step === step) &&
    (errorCode === undefined || code === errorCode) &&
    (ended === undefined || (saga.wakeAt === 'ended') === ended) &&
    (createdBefore === undefined || createdAt < createdBefore) &&
    (createdSince === undefined || createdAt >= createdSince) &&
    (q === undefined || saga.start?.businessKey?.startsWith(q) === true || saga.sagaId === q.toLowerCase())
  )
}

const parts: SagaFilter[] = [
  {},
  { machine: 'commande' },
  { machine: 'retour' },
  { machine: 'nobody' },
  { version: '1' },
  { version: '2' },
  ...(['running', 'compensating', 'parked', 'done', 'failed'] as const).map((status) => ({ status })),
  ...['DONE', 'FAILED', 'PARKED', 'doing', 'doing.lock', 'do', 'undoing', 'doing.%', 'nowhere'].map(
    (state) => ({
      state,
    }),
  ),
  { step: 'lock' },
  { step: 'nothing' },
  ...['no', 'down', 'first', 'MACHINE_FAILED', 'ABANDONED'].map((errorCode) => ({ errorCode })),
  { ended: true },
  { ended: false },
  { createdBefore: FIRST + 20_000 },
  { createdSince: FIRST + 20_000 },
  { createdBefore: 0 },
  ...['caisse-1', 'caisse-12', 'caisse_', 'aisse', '100%', '%', '\\', "' or true --"].map((q) => ({ q })),
  { q: sagas[7]?.sagaId.toUpperCase() ?? '' },
]
const pairs = parts.flatMap((one, i) => parts.slice(i).map((other) => ({ ...one, ...other })))

t.test('each filter, and each pair of them, finds what it says, newest first', async (t) => {
  const wrong: SagaFilter[] = []
  for (const filter of pairs) {
    const expected = sagas.filter((saga) => isMeant(saga, filter)).map(({ sagaId }) => sagaId)
    const listed = (await reader.list(filter, { limit: 1_000 })).map(({ sagaId }) => sagaId)
    const query = filtered(db.selectFrom('saga').select('saga.saga_id'), filter).orderBy(
      'saga.saga_id',
      'desc',
    )
    const found = (await query.execute()).map(({ saga_id }) => saga_id)
    const newestFirst = expected.toReversed()
    if (String(listed) !== String(newestFirst) || String(found) !== String(newestFirst)) wrong.push(filter)
  }
  t.strictSame(wrong, [], `${pairs.length} filters`)
})

t.test('pages of each filter follow each other without a gap', async (t) => {
  for (const filter of parts) {
    const expected = sagas.filter((saga) => isMeant(saga, filter)).map(({ sagaId }) => sagaId)
    const found: string[] = []
    for (;;) {
      const before = found.at(-1)
      const page = await reader.list(filter, { limit: 4, ...(before !== undefined && { before }) })
      found.push(...page.map(({ sagaId }) => sagaId))
      if (page.length < 4) break
    }
    t.strictSame(found, expected.toReversed(), JSON.stringify(filter))
  }
})

t.test('sagas are counted by where they stand, as they are shown', async (t) => {
  for (const filter of [{}, { machine: 'commande' }, { version: '1' }, { machine: 'retour', version: '2' }]) {
    const lines = sagas
      .filter((saga) => isMeant(saga, filter))
      .map(({ start, status, state }) => {
        const shown = status === 'done' || status === 'failed' ? status.toUpperCase() : state
        return `${start?.machine}@${start?.version} ${status} ${shown}`
      })
    const expected = [...new Set(lines)].map(
      (line) => `${line}: ${lines.filter((one) => one === line).length}`,
    )
    const counts = await reader.counts(filter)
    t.strictSame(
      counts.map((one) => `${one.machine}@${one.version} ${one.status} ${one.state}: ${one.sagas}`).sort(),
      expected.sort(),
    )
  }
})

const STORED = 20_000
/** Far below what is stored, and above what is in flight and a page from each standing. */
const LOOKED_MAX = 2_000

interface PlanNode {
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly Plans?: PlanNode[]
}

/** Rows of saga that the plan really read, with those that it read in vain. */
function looked(node: PlanNode): number {
  const inner = (node.Plans ?? []).reduce((sum, plan) => sum + looked(plan), 0)
  if (node['Relation Name'] !== 'saga') return inner
  const { 'Rows Removed by Filter': removed = 0, 'Rows Removed by Index Recheck': again = 0 } = node
  return inner + (node['Actual Rows'] + removed + again) * node['Actual Loops']
}

/** Old ones of the first version, most of them done; some of each kind all along, and the newest in flight. */
async function fillUp(): Promise<void> {
  await sql`
    insert into orchestrator.saga
      (partition, saga_id, machine, version, business_key, input, status, state, seq, epoch, step, trouble, wake_at)
    select n % 64,
      (lpad(to_hex(${FIRST}::bigint - 1000 * (${STORED} + 1 - n)), 12, '0') || lpad(to_hex(n), 20, '7000800'))::uuid,
      case when n % 10 = 0 then 'retour' else 'commande' end,
      case when n % 10 = 0 or n < 8000 then '1' else '2' end,
      'vente-' || n, '{}', status, state, 0, 1, step,
      case when code is not null then json_build_object('cause', json_build_object('code', code)) end,
      wake_at
    from generate_series(1, ${STORED}) as n, lateral (
      select 'running' as status, 'doing.lock' as state, 'lock' as step, null as code, timestamptz '-infinity' as wake_at
      where n > ${STORED} - 50
      union all select 'running', 'waiting.old', null, null, 'infinity' where n < 100
      union all select 'parked', 'parked', 'lock', 'ECONNREFUSED', 'infinity' where n % 500 = 0
      union all select 'failed', 'failed', null, 'stock_insuffisant', null where n % 200 = 1
      union all select 'done', 'done', null, null, null
      limit 1
    ) as kind
  `.execute(db)
  await sql`analyze orchestrator.saga`.execute(db)
}

t.test('a page looks at few rows, however many sagas are stored', async (t) => {
  await fillUp()
  const filters: SagaFilter[] = [
    {},
    ...(['running', 'compensating', 'parked', 'done', 'failed'] as const).map((status) => ({ status })),
    ...['waiting', 'waiting.old', 'doing.lock', 'nowhere', 'DONE'].map((state) => ({ state })),
    { machine: 'retour' },
    { machine: 'nobody' },
    { machine: 'commande', version: '1' },
    { machine: 'retour', version: '2' },
    { machine: 'commande', version: '1', status: 'running' },
    { machine: 'commande', version: '2', state: 'waiting' },
    { status: 'done', state: 'waiting' },
    { step: 'lock' },
    { step: 'nothing' },
    { ended: false },
    { errorCode: 'stock_insuffisant' },
    { errorCode: 'nothing' },
    { status: 'failed', errorCode: 'stock_insuffisant' },
    { q: 'vente-1234' },
    { q: 'nothing' },
    { createdBefore: FIRST - 15_000_000 },
    { createdSince: FIRST - 100_000 },
    { status: 'parked', createdBefore: FIRST - 15_000_000 },
    { status: 'running', createdBefore: FIRST - 15_000_000 },
  ]
  for (const filter of filters) {
    const page = sagaPage({ filter, limit: 51 })
    const { rows } = await sql<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>`
      explain (analyze, format json) select * from ${page} page
    `.execute(db)
    const count = rows.reduce((sum, row) => sum + looked(row['QUERY PLAN'][0].Plan), 0)
    t.ok(count < LOOKED_MAX, `${JSON.stringify(filter)}: ${count}`)
  }
})
