// The house of an orchestrator, in a shop whose orders have ended some time ago.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { machines } from '../../machines/registry.ts'
import { http } from '../../test/kit/http.ts'
import { age, DAY_MS } from '../../test/kit/old-sagas.ts'
import { startSystem, type System } from '../../test/kit/system.ts'
import { until } from '../../test/kit/until.ts'
import { audit } from '../cli/audit/audit.ts'
import { ReplayMachines } from '../engine/replay/machines.ts'
import { firstDifference } from '../engine/replay/replay.ts'
import { readSagaFiles } from '../saga-file/read-saga-files.ts'
import { journalOf, type SagaFile } from '../saga-file/saga-file.ts'
import { openHouse, openHouseStore, type HouseOptions } from './house.ts'

interface Shop extends System {
  readonly pool: pg.Pool
  /** Orders 2 pieces; resolves with the saga. */
  readonly order: (key?: string) => Promise<string>
}

async function openShop(t: Pick<Test, 'teardown'>): Promise<Shop> {
  const system = await startSystem(t)
  const pool = new pg.Pool({ connectionString: system.databaseUrl })
  t.teardown(() => pool.end())
  await system.shop.setStock(1_000)
  const order = async (key?: string) => {
    const cart = await system.shop.cart(2)
    return (await system.shop.order(cart, key === undefined ? {} : { key })).body.saga_id
  }
  return { ...system, orchestrator: system.orchestrator, pool, order }
}

async function auditOf({ databaseUrl }: Shop) {
  const pool = new pg.Pool({ connectionString: databaseUrl })
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  try {
    return await audit(db, { stillForSeconds: 0 })
  } finally {
    await db.destroy()
  }
}

/** Begins to keep house, at once and often; ends with `t`. Lines of its log are in `told`. */
function keepHouse(
  t: Pick<Test, 'teardown'>,
  { databaseUrl }: Shop,
  { retention, archiveFolder }: Pick<HouseOptions, 'retention' | 'archiveFolder'>,
) {
  const told: Record<string, unknown>[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void told.push(JSON.parse(line)) })
  const options = { retention, archiveFolder, log, url: databaseUrl, lookEveryMs: 50, random: () => 0 }
  const house = openHouse(options)
  t.teardown(() => house.close())
  return { told, house }
}

const thirtyDays = { sagas: { done: 30 * DAY_MS, failed: 30 * DAY_MS }, events: 30 * DAY_MS }

async function sagasIn(folder: string): Promise<SagaFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const sagas: SagaFile[] = []
  for (const { parentPath, name } of entries.filter((entry) => entry.isFile()))
    for await (const saga of readSagaFiles(join(parentPath, name))) sagas.push(saga)
  return sagas
}

t.test('old orders are archived, then removed, and the archive tells them word for word', async (t) => {
  const at = await openShop(t)
  const { shop, pool } = at
  const done = await at.order()
  await at.stocks.stop()
  const failed = await at.order()
  await at.stocks.start()
  const journals = await Promise.all([done, failed].map((sagaId) => shop.transitions(sagaId)))
  const events = await Promise.all([done, failed].map((sagaId) => shop.events(sagaId)))
  t.strictSame((await auditOf(at)).findings, [])

  const archiveFolder = t.testdir({})
  const retention = { sagas: { done: 0, failed: 0 }, events: 0 }
  const { told } = keepHouse(t, at, { retention, archiveFolder })
  await until('both are told as removed', async () => told.length === 2)
  t.match(told, [
    { level: 30, msg: 'old sagas removed', status: 'done', sagas: 1, files: 1 },
    { level: 30, msg: 'old sagas removed', status: 'failed', sagas: 1, files: 1 },
  ])

  const archived = await sagasIn(archiveFolder)
  const replayed = { machines: new ReplayMachines(machines) }
  t.equal(archived.length, 2)
  for (const [index, sagaId] of [done, failed].entries()) {
    const file = archived.find(({ saga }) => saga.saga_id === sagaId)
    if (file === undefined) throw new Error(`${sagaId} is not archived`)
    t.same(file.transitions, journals[index])
    t.same(
      file.events.map(({ type }) => type),
      events[index],
    )
    const journal = { saga: file.saga, rows: journalOf(file), events: file.events }
    t.equal(firstDifference(journal, replayed), undefined)
  }

  for (const path of [done, failed, `${done}/events`, `${failed}/transitions`])
    t.equal((await http.get(`${at.orchestrator.url}/api/sagas/${path}`)).statusCode, 404)
  t.strictSame(await shop.sagas(''), [])
  const { findings, sagas } = await auditOf(at)
  t.strictSame(findings, [])
  t.match(sagas, { done: 0, failed: 0, removed: 2 })
  const { rows } = await pool.query('select count(*)::int as ventes from produits.vente')
  t.match(rows, [{ ventes: 1 }], 'what participants keep is theirs')
})

t.test('who reads meanwhile gets all of a saga, or 404', async (t) => {
  const at = await openShop(t)
  const ids: string[] = []
  for (let n = 0; n < 12; n += 1) ids.push(await at.order())
  for (const sagaId of ids) await age(at, sagaId, 31)
  const paths = ids.flatMap((id) => ['', '/events', '/transitions'].map((of) => `/api/sagas/${id}${of}`))
  const statuses = new Set<number>()
  const readAll = async () => {
    const all = await Promise.all(
      ['/api/sagas', '/api/counts', ...paths].map((path) => http.get(`${at.orchestrator.url}${path}`)),
    )
    for (const { statusCode } of all) statuses.add(statusCode)
    return all.filter(({ statusCode }) => statusCode === 404).length === paths.length
  }
  t.equal(await readAll(), false)
  keepHouse(t, at, { retention: thirtyDays, archiveFolder: t.testdir({}) })
  await until('all are removed', readAll)
  t.strictSame(
    [...statuses].sort((a, b) => a - b),
    [200, 404],
  )
})

t.test('a key is free with its saga, and starts another one', async (t) => {
  const at = await openShop(t)
  const cart = await at.shop.cart(2)
  const first = await at.shop.order(cart, { key: 'key' })
  t.match(await at.shop.order(cart, { key: 'key' }), {
    status: 201,
    headers: { 'idempotency-replayed': 'true' },
  })
  await age(at, first.body.saga_id, 31)
  keepHouse(t, at, { retention: thirtyDays, archiveFolder: undefined })
  const again = await until('the key is free', async () => {
    const answer = await at.shop.order(cart, { key: 'key' })
    return answer.headers['idempotency-replayed'] === undefined && answer
  })
  t.match(again, { status: 409, body: { state: 'FAILED' } }, 'the cart is locked by the first')
  t.not(again.body.saga_id, first.body.saga_id)
})

t.test('a start whose key becomes free while it is looked up starts another saga', async (t) => {
  const system = await startSystem(t)
  const { shop } = system
  const pool = new pg.Pool({ connectionString: system.databaseUrl })
  t.teardown(() => pool.end())
  await shop.setStock(10)
  const first = await shop.order(await shop.cart(1), { key: 'key' })
  await age({ pool }, first.body.saga_id, 31)
  const { store, close } = openHouseStore({ url: system.databaseUrl, applicationName: 'test house' })
  t.teardown(close)
  let removed = 0
  await system.restart({
    store: (journal) =>
      Object.assign(Object.create(journal) as typeof journal, {
        write: async (...[batch]: Parameters<typeof journal.write>) => {
          const outcomes = await journal.write(batch)
          const old = { status: 'done', olderThanMs: 0 } as const
          // The key was found taken; before anybody asks whose it is, it is nobody's.
          if (outcomes.some(({ kind }) => kind === 'key_taken'))
            removed += (await store.remove(old, { sagasMax: 9, rowsMax: 99, from: null })).sagas
          return outcomes
        },
      }),
  })
  const second = await shop.order(await shop.cart(1), { key: 'key' })
  t.equal(removed, 1)
  t.match(second, { status: 201 })
  t.not(second.body.saga_id, first.body.saga_id)
})

t.test('where the archive can not be written nothing is removed, and one line says so', async (t) => {
  const at = await openShop(t)
  const sagaId = await at.order()
  await age(at, sagaId, 31)
  const archiveFolder = join(t.testdir({ file: '' }), 'file', 'below')
  const { told, house } = keepHouse(t, at, { retention: thirtyDays, archiveFolder })
  await until('it is told', async () => told.length > 0)
  await house.close()
  t.match(told, [
    {
      level: 50,
      msg: 'old sagas can not be removed; they stay',
      err: { type: 'ArchiveError', message: archiveFolder },
      next_try_ms: 600_000,
    },
  ])
  t.equal((await at.shop.saga(sagaId)).status, 'done')
})

t.test('an orchestrator keeps house as its settings say', async (t) => {
  const at = await openShop(t)
  const sagaId = await at.order()
  await age(at, sagaId, 31)
  const archive = t.testdir({})
  await at.restart({}, { RETAIN_FAILED: '30d', ARCHIVE_DIR: archive })
  await at.restart({}, { RETAIN_DONE: '30d', ARCHIVE_DIR: archive })
  await until('it is removed', async () => (await at.shop.sagas('')).length === 0)
  t.match(await sagasIn(archive), [{ saga: { saga_id: sagaId } }])
})
