// Sagas that park or fail are told to a webhook by real orchestrators, whoever of them dies.
import t, { type Test } from 'tap'
import { v4 as newCart } from 'uuid'
import { machines as registered } from '../machines/registry.ts'
import { OrchestratorProcess } from './crash/orchestrator-process.ts'
import { committed } from './crash/point.ts'
import { freshDatabase } from './kit/database.ts'
import { depot } from './kit/depot.ts'
import { startDepotProcess } from './kit/depot-process.ts'
import { http } from './kit/http.ts'
import { startOrchestratorAt } from './kit/orchestrators.ts'
import { openReceiver, SECRET, type Receiver } from './kit/receiver.ts'
import { answer, scriptedServer } from './kit/scripted-server.ts'
import { until } from './kit/until.ts'
import { openWorkshop } from './kit/workshop.ts'

const ASYNC = { prefer: 'respond-async' }
const WHO = { actor: 'ada', reason: 'nobody needs it any more' }
const hookAt = ({ url }: Receiver) => ({ WEBHOOK_URL: url, WEBHOOK_SECRET: SECRET })

const processSettings = (databaseUrl: string, participant: string, receiver: Receiver) => ({
  HOST: '127.0.0.1',
  PORT: '0',
  LEASE_MS: '1000',
  DATABASE_URL: databaseUrl,
  CARTS_URL: participant,
  STOCKS_URL: participant,
  PRODUITS_URL: participant,
  ...hookAt(receiver),
})

async function stage(t: Test) {
  const { url: databaseUrl } = await freshDatabase(t)
  return { databaseUrl, receiver: await openReceiver(t) }
}

t.test('each saga that parks or fails is told once, in order, with where and why', async (t) => {
  const { databaseUrl, receiver } = await stage(t)
  const workshop = await openWorkshop(t)
  const settings = { CARTS_URL: workshop.url, STEP_RETRIES: '0', ...hookAt(receiver) }
  const options = { databaseUrl, settings, seams: { machines: [depot()] } }
  const a = await startOrchestratorAt(t, { ...options, name: 'a' })
  const b = await startOrchestratorAt(t, { ...options, name: 'b' })
  await until('b has its share', async () => (await b.metric('skald_partitions_held')) === 32)
  const starts = Array.from({ length: 10 }, (_, n) =>
    (n % 2 === 0 ? a : b).post('/api/sagas/depot', { name: `depot ${n}` }, ASYNC),
  )
  const sagas = (await Promise.all(starts)).map(({ body }) => body.saga_id)
  await until('all are told', async () => receiver.heard.length >= 10)
  t.match(receiver.heard[0], {
    type: 'saga.parked',
    data: { machine: 'depot', version: '1', status: 'parked', state: 'parked', step: 'work', tries: 1 },
  })
  t.match(receiver.heard[0]?.data.error, { code: 'out_of_order' })
  const again = await a.post(`/api/sagas/${sagas[0]}/retry`, WHO)
  t.equal(again.status, 200)
  await until('it is parked again', async () => {
    const { body } = await a.get(`/api/sagas/${sagas[0]}`)
    return body.status === 'parked'
  })
  for (const sagaId of sagas) t.equal((await b.post(`/api/sagas/${sagaId}/cancel`, WHO)).status, 200)
  await until('all ends are told', async () => receiver.heard.length >= 20)
  for (const sagaId of sagas) {
    const mine = receiver.heard.filter(({ data }) => data.saga_id === sagaId)
    t.match(mine, [{ type: 'saga.parked' }, { type: 'saga.failed' }])
    t.equal(new Set(mine.map(({ id }) => id)).size, 2)
  }
  t.equal(receiver.forged, 0)
  const delivered = (await a.metric('skald_notices_total')) + (await b.metric('skald_notices_total'))
  t.equal(delivered, 20)
})

t.test('a saga that is parked again by its own next try is not told again', async (t) => {
  const { databaseUrl, receiver } = await stage(t)
  const broken = answer(500, { code: 'out_of_order' })
  const carts = await scriptedServer(t, broken, broken, broken, broken, answer(204))
  const machines = registered.filter(({ machine }) => machine.version === '1')
  const settings = { CARTS_URL: carts.url, STEP_RETRIES: '0', ...hookAt(receiver) }
  const at = await startOrchestratorAt(t, { databaseUrl, name: 'a', settings, seams: { machines } })
  await at.post('/api/sagas/commande', { cart_id: newCart(), magasin_id: 1 }, ASYNC)
  await until('its end is told', async () => receiver.heard.some(({ type }) => type === 'saga.failed'), 60)
  t.match(
    receiver.heard.map(({ type }) => type),
    ['saga.parked', 'saga.failed'],
  )
  t.equal(carts.asked.length, 5)
})

t.test('who dies behind the commit leaves the notice to the next owner', async (t) => {
  const { databaseUrl, receiver } = await stage(t)
  const carts = await scriptedServer(t, answer(404, { code: 'panier_inconnu' }))
  const settings = processSettings(databaseUrl, carts.url, receiver)
  const dying = new OrchestratorProcess(t, settings, { dies: committed('failed') })
  const url = await dying.ready
  const started = http.post(`${url}/api/sagas/commande`, { json: { cart_id: newCart(), magasin_id: 1 } })
  const [death] = await Promise.all([dying.death, t.rejects(started)])
  t.equal(death.signal, 'SIGKILL')
  t.strictSame(receiver.heard, [])
  const next = new OrchestratorProcess(t, settings)
  await next.ready
  await until('it is told', async () => receiver.heard.length > 0)
  t.match(receiver.heard, [{ type: 'saga.failed', data: { saga_id: death.marker?.sagaId } }])
  await next.end()
})

t.test('who dies while it tells is followed by one that tells it again, under the same id', async (t) => {
  const { databaseUrl, receiver } = await stage(t)
  receiver.behaves = () => 'silence'
  const carts = await scriptedServer(t, answer(404, { code: 'panier_inconnu' }))
  const settings = processSettings(databaseUrl, carts.url, receiver)
  const first = new OrchestratorProcess(t, settings)
  const url = await first.ready
  await http.post(`${url}/api/sagas/commande`, { json: { cart_id: newCart(), magasin_id: 1 } })
  await until('it is being told', async () => receiver.heard.length > 0)
  first.kill()
  await first.death
  // More than one where it lost its lease for a moment, on a busy machine.
  const told = receiver.heard.length
  receiver.behaves = () => 204
  const second = new OrchestratorProcess(t, settings)
  await second.ready
  await until('it is told', async () => receiver.heard.length > told)
  t.equal(new Set(receiver.heard.map(({ id }) => id)).size, 1)
  await second.end()
})

t.test('nobody is told, and nothing is written, where there is no webhook', async (t) => {
  const { databaseUrl } = await stage(t)
  const workshop = await openWorkshop(t)
  const settings = { CARTS_URL: workshop.url, STEP_RETRIES: '0' }
  const seams = { machines: [depot()] }
  const silent = await startOrchestratorAt(t, { databaseUrl, name: 'a', settings, seams })
  await silent.post('/api/sagas/depot', { name: 'one' }, ASYNC)
  await until('it is parked', async () => {
    const { sagas = [] } = (await silent.get('/api/sagas?status=parked')).body
    return sagas.length === 1
  })
  await silent.close()
  const receiver = await openReceiver(t)
  const hooked = { ...settings, ...hookAt(receiver) }
  const at = await startOrchestratorAt(t, { databaseUrl, name: 'b', settings: hooked, seams })
  const { body } = await at.post('/api/sagas/depot', { name: 'two' }, ASYNC)
  await until('the second is told', async () => receiver.heard.length > 0)
  t.match(receiver.heard, [{ data: { saga_id: body.saga_id } }])
})

t.test('what notices are signed with, and where they go, is in no log', async (t) => {
  const { databaseUrl } = await stage(t)
  const workshop = await openWorkshop(t)
  const at = await startDepotProcess(t, {
    DATABASE_URL: databaseUrl,
    CARTS_URL: workshop.url,
    LOG_LEVEL: 'trace',
    WEBHOOK_URL: 'http://ada:word-of-ada@127.0.0.1:1/token-of-ada',
    WEBHOOK_SECRET: SECRET,
  })
  await http.post(`${at.url}/api/sagas/depot`, { json: { name: 'one' }, headers: ASYNC })
  await until('it was told in vain', async () => at.printed().includes('could not be told'))
  t.match(at.printed(), /ECONNREFUSED/)
  t.notMatch(at.printed(), /of-ada/)
  t.notOk(at.printed().includes(SECRET.slice('whsec_'.length)))
})
