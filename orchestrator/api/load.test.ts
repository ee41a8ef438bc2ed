// More than one orchestrator can take: new sagas are refused before anything of them is accepted, and nothing else is.
import t from 'tap'
import { freshDatabase } from '../../test/kit/database.ts'
import { dossier } from '../../test/kit/dossier.ts'
import { http } from '../../test/kit/http.ts'
import { startOrchestratorAt } from '../../test/kit/orchestrators.ts'
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
  t.match(await shop.post(`/api/sagas/${saga_id}/cancel`, {}), { status: 200, body: { saga_id } })
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
  const hog = hogEventLoop(700)
  t.teardown(hog.stop)
  const refused = await until('a start is refused', async () => {
    const answer = await start()
    return answer.status !== 202 && answer
  })
  t.match(refused, { status: 503, body: { code: 'occupe' }, headers: { 'retry-after': '1' } })
  t.match(refused.body.detail, 'Nothing was accepted')
  t.equal((await orchestrator.get('/readyz')).status, 200)
  t.equal((await orchestrator.get(`/api/sagas/${saga_id}`)).status, 200)
  const asynchronous = { prefer: 'respond-async' }
  const sent = await orchestrator.post(`/api/sagas/${saga_id}/events`, { type: 'CLOSE' }, asynchronous)
  t.ok(sent.status < 300)
  hog.stop()
  const state = async () => (await orchestrator.get(`/api/sagas/${saga_id}`)).body.state
  await until('the event is heard', async () => (await state()) === 'DONE')
  await until('starts are taken again', async () => (await start()).status === 202)
})
