// More than one orchestrator can take, or its database: what is refused is refused before anything was accepted.
import pg from 'pg'
import t from 'tap'
import { freshDatabase } from '../../test/kit/database.ts'
import { dossier } from '../../test/kit/dossier.ts'
import { http } from '../../test/kit/http.ts'
import { startOrchestratorAt } from '../../test/kit/orchestrators.ts'
import { BY_TEST } from '../../test/kit/shop.ts'
import { startSystem } from '../../test/kit/system.ts'
import { until } from '../../test/kit/until.ts'

t.test('with all its places taken it refuses new sagas, and serves those that it has', async (t) => {
  const { shop, orchestrator, produits } = await startSystem(t, { SAGAS_IN_FLIGHT: '1', START_QUEUE: '0' })
  await shop.setStock(10)
  const cart = await shop.cart(1)
  produits.hold('answer')
  // Looking for sagas to resume takes the only place too.
  const { saga_id } = await until('a place', async () => {
    const { status, body } = await shop.order(cart, { key: 'k', prefer: 'respond-async' })
    return status === 202 && body
  })
  await until('create', async () => (await shop.saga(saga_id)).state === 'doing.create')
  for (const key of ['other', undefined]) {
    const refused = await shop.order(await shop.cart(1), key === undefined ? {} : { key })
    t.match(refused, { status: 503, body: { code: 'occupe' }, headers: { 'retry-after': '1' } })
    t.match(refused.body.detail, 'Nothing was accepted: 1 sagas are in flight')
  }
  t.equal((await shop.sagas('')).length, 1, 'nothing was accepted')
  const again = await shop.order(cart, { key: 'k', prefer: 'respond-async' })
  t.match(again, { status: 202, body: { saga_id }, headers: { 'idempotency-replayed': 'true' } })
  const other = await shop.order(await shop.cart(1), { key: 'k' })
  t.match(other, { status: 422, body: { code: 'cle_reutilisee' } })
  const { body } = await http.get(`${orchestrator.url}/metrics`, { responseType: 'text' })
  t.match(body, /^skald_participant_calls_under_way\{.*participant="produits".*\} 1$/m)
  t.equal((await http.get(`${orchestrator.url}/readyz`)).statusCode, 200, 'it is not unready, only busy')
  t.match(await shop.post(`/api/sagas/${saga_id}/cancel`, BY_TEST), { status: 200, body: { saga_id } })
  produits.release()
  await until('the end', async () => (await shop.saga(saga_id)).state === 'FAILED')
  await until('a place again', async () => (await shop.order(await shop.cart(1))).status === 201)
})

/** Keeps the event loop of this process, and so of the orchestrator in it, busy until it is stopped. */
function hogEventLoop(turnMs: number): { stop: () => void } {
  const turn = () => {
    const endsAt = performance.now() + turnMs
    while (performance.now() < endsAt);
  }
  const interval = setInterval(turn, 1)
  return { stop: () => clearInterval(interval) }
}

t.test('with its event loop badly late it refuses new sagas, and serves those that it has', async (t) => {
  const { url: databaseUrl } = await freshDatabase(t)
  const [settings, seams] = [{ LEASE_MS: '600000' }, { machines: [dossier()] }]
  const orchestrator = await startOrchestratorAt(t, { databaseUrl, name: 'one', settings, seams })
  const start = () => orchestrator.post('/api/sagas/dossier', { title: 'one' }, { prefer: 'respond-async' })
  const { saga_id } = (await start()).body
  const hog = hogEventLoop(1_500)
  t.teardown(hog.stop)
  const refused = await until('a start is refused', async () => {
    const answer = await start()
    return answer.status !== 202 && answer
  })
  t.match(refused, { status: 503, body: { code: 'occupe' }, headers: { 'retry-after': '1' } })
  t.match(refused.body.detail, 'Nothing was accepted')
  // Each answer waits for a turn of the loop, and one from the database for several: that may take too long once.
  await until('it is ready all the same', async () => (await orchestrator.get('/readyz')).status === 200)
  await until('it shows sagas', async () => (await orchestrator.get(`/api/sagas/${saga_id}`)).status === 200)
  const asynchronous = { prefer: 'respond-async' }
  const sent = await orchestrator.post(`/api/sagas/${saga_id}/events`, { type: 'CLOSE' }, asynchronous)
  t.ok(sent.status < 300)
  hog.stop()
  const state = async () => (await orchestrator.get(`/api/sagas/${saga_id}`)).body.state
  await until('the event is heard', async () => (await state()) === 'DONE')
  await until('starts are taken again', async () => (await start()).status === 202)
})

/** From now on every session of the database is read-only, or none is; those that are open are ended. */
async function setReadOnly(databaseUrl: string, value: 'on' | 'off'): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('set default_transaction_read_only = off')
  const name = client.escapeIdentifier(new URL(databaseUrl).pathname.slice(1))
  await client.query(`alter database ${name} set default_transaction_read_only = ${value}`)
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  await client.end()
}

t.test('while the database takes no writes, an event is refused; it is taken afterwards', async (t) => {
  const { url: databaseUrl } = await freshDatabase(t)
  const [settings, seams] = [{ LEASE_MS: '1000' }, { machines: [dossier()] }]
  const orchestrator = await startOrchestratorAt(t, { databaseUrl, name: 'one', settings, seams })
  const asynchronous = { prefer: 'respond-async' }
  const { saga_id } = (await orchestrator.post('/api/sagas/dossier', { title: 'one' }, asynchronous)).body
  const note = (text: string) =>
    orchestrator.post(`/api/sagas/${saga_id}/events`, { type: 'NOTE', text }, { 'idempotency-key': text })
  await setReadOnly(databaseUrl, 'on')
  const refused = await until('it is told', async () => {
    const { status, headers, body } = await note('one')
    return body.code === 'base_injoignable' && body.detail?.includes('no writes') && { status, headers }
  })
  t.match(refused, { status: 503, headers: { 'retry-after': '1' } })
  await setReadOnly(databaseUrl, 'off')
  await until('it is taken', async () => (await note('one')).status === 200)
  const closed = await until('it ends', async () => {
    const key = { 'idempotency-key': 'close' }
    const answer = await orchestrator.post(`/api/sagas/${saga_id}/events`, { type: 'CLOSE' }, key)
    return answer.status === 200 && answer
  })
  t.strictSame(closed.body.output?.['notes'], ['one'])
})
