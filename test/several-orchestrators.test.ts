// Several orchestrators on one database: any of them serves any caller, whichever drives the saga.
import t, { type Test } from 'tap'
import { v7 as newUuid } from 'uuid'
import type { Seams } from '../orchestrator/orchestrator.ts'
import type { InboxEvent, SagaStore } from '../orchestrator/engine/ports.ts'
import { freshDatabase } from './kit/database.ts'
import { dossier } from './kit/dossier.ts'
import { startOrchestratorAt, type RunningOrchestrator } from './kit/orchestrators.ts'
import { BY_TEST } from './kit/shop.ts'
import { until } from './kit/until.ts'

const seams: Seams = { machines: [dossier()] }
const ASYNC = { prefer: 'respond-async' }

/** Two of them, each with its share of the partitions. */
async function startTwo(t: Test, settings: Record<string, string> = {}, seamsOfA: Seams = seams) {
  const { url: databaseUrl } = await freshDatabase(t)
  const a = await startOrchestratorAt(t, { databaseUrl, name: 'a', settings, seams: seamsOfA })
  const b = await startOrchestratorAt(t, { databaseUrl, name: 'b', settings, seams })
  await until('b has its share', async () => (await b.metric('skald_partitions_held')) === 32)
  return { databaseUrl, a, b }
}

async function open(at: RunningOrchestrator, headers: Record<string, string> = ASYNC): Promise<string> {
  const { status, body } = await at.post('/api/sagas/dossier', { title: 'one' }, headers)
  if (status !== 202) throw new Error(`a dossier was answered ${status}: ${JSON.stringify(body)}`)
  return body.saga_id
}

/** An orchestrator that does not look into its inbox until it is let. */
function deaf() {
  let hears = false
  const store = (store: SagaStore): SagaStore =>
    new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (name === 'inbox' && !hears) return async (): Promise<InboxEvent[]> => []
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  return { seams: { ...seams, store }, hear: () => (hears = true) }
}

t.test('an event reaches its saga from any orchestrator, and everyone reads what came of it', async (t) => {
  const { a, b } = await startTwo(t)
  const sagaId = await open(a)
  for (const [at, text] of [
    [b, 'from b'],
    [a, 'from a'],
    [b, 'from b again'],
  ] as const) {
    const sent = await at.post(`/api/sagas/${sagaId.toUpperCase()}/events`, { type: 'NOTE', text })
    t.match(sent, { status: 200, body: { saga_id: sagaId, state: 'open' } })
    t.notOk('idempotency-replayed' in sent.headers)
  }
  t.match(await b.post(`/api/sagas/${sagaId}/events/`, { type: 'LOCK' }), { body: { state: 'locked' } })
  for (const at of [a, b])
    t.match(await at.get(`/api/sagas/${sagaId}`), { body: { state: 'locked', seq: 4 } })
  t.match(await a.post(`/api/sagas/${sagaId}/events`, { type: 'UNLOCK' }), { body: { state: 'open' } })
  const closed = await b.post(`/api/sagas/${sagaId}/events`, { type: 'CLOSE' })
  t.match(closed, {
    status: 200,
    body: { state: 'DONE', output: { notes: ['from b', 'from a', 'from b again'] } },
  })
  const answered = (await a.metric('skald_inbox_events_total')) + (await b.metric('skald_inbox_events_total'))
  t.equal(answered, 6)
})

t.test('the same key at another orchestrator waits for the saga, and gets its answer', async (t) => {
  const { a, b } = await startTwo(t, { WAIT_SECONDS: '60' })
  const key = { 'idempotency-key': 'k' }
  const first = a.post('/api/sagas/dossier', { title: 'one' }, key)
  const [saga] = await until('the saga', async () => {
    const { sagas = [] } = (await b.get('/api/sagas')).body
    return sagas.length > 0 && sagas
  })
  const asked = await b.post('/api/sagas/dossier', { title: 'one' }, { ...key, ...ASYNC })
  t.match(asked, { status: 202, body: { saga_id: saga?.saga_id, status: 'running' } })
  const other = await b.post('/api/sagas/dossier', { title: 'another' }, { ...key, ...ASYNC })
  t.match(other, { status: 422, body: { code: 'cle_reutilisee' } })
  const again = b.post('/api/sagas/dossier', { title: 'one' }, key)
  await until(
    'it left memory, for it only waits',
    async () => (await a.metric('skald_sagas_in_flight')) === 0,
  )
  t.equal((await b.post(`/api/sagas/${saga?.saga_id}/events`, { type: 'CLOSE' })).status, 200)
  const [one, two] = await Promise.all([first, again])
  t.match(one, { status: 201, body: { saga_id: saga?.saga_id, notes: [] } })
  t.strictSame(two.body, one.body)
  t.equal(two.headers['idempotency-replayed'], 'true')
})

t.test('an event sent again under its key is the same event, with the same answer', async (t) => {
  const { a, b } = await startTwo(t)
  const sagaId = await open(a)
  const path = `/api/sagas/${sagaId}/events`
  const note = { type: 'NOTE', text: 1, more: { x: 1, y: 2 } }
  const key = { 'idempotency-key': 'note' }
  t.equal((await a.post(path, note, key)).status, 200)
  for (const at of [a, b]) {
    const again = await at.post(path, { more: { y: 2, x: 1 }, text: 1, type: 'NOTE' }, key)
    t.match(again, { status: 200, headers: { 'idempotency-replayed': 'true' } })
    const other = await at.post(path, { type: 'NOTE', text: 2 }, key)
    t.match(other, { status: 422, body: { code: 'cle_reutilisee' } })
  }
  const sameKeyAtOnce = Array.from({ length: 10 }, (_, n) =>
    (n % 2 === 0 ? a : b).post(path, { type: 'NOTE', text: 2 }, { 'idempotency-key': 'at-once' }),
  )
  for (const { status } of await Promise.all(sameKeyAtOnce)) t.equal(status, 200)
  const close = { 'idempotency-key': 'close' }
  t.match(await b.post(path, { type: 'CLOSE' }, close), { status: 200, body: { output: { notes: [1, 2] } } })
  t.match(await a.post(path, { type: 'CLOSE' }, close), { status: 200, body: { state: 'DONE' } })
  t.match(await a.post(path, note, key), { status: 200 }, 'whatever has become of the saga since')
  t.match(await a.post(path, { type: 'CLOSE' }, key), { status: 422 })
  t.match(await a.post(path, { type: 'CLOSE' }, { 'idempotency-key': 'new' }), { status: 409 })
})

t.test('what the saga does not take where it stands is refused, naming what it does', async (t) => {
  const { a, b } = await startTwo(t)
  const sagaId = await open(a)
  const path = `/api/sagas/${sagaId}/events`
  for (const at of [a, b]) {
    const unknown = await at.post(path, { type: 'PAY' })
    t.match(unknown, { status: 400, body: { code: 'evenement_inconnu', accepts: ['CLOSE', 'LOCK', 'NOTE'] } })
    t.match(unknown.body.detail, /PAY.* accepts CLOSE, LOCK, NOTE/)
    const internal = await at.post(path, { type: 'xstate.done.actor.x', output: 1 })
    t.match(internal, {
      status: 400,
      body: { code: 'evenement_inconnu', accepts: ['CLOSE', 'LOCK', 'NOTE'] },
    })
    const notHere = await at.post(path, { type: 'UNLOCK' })
    t.match(notHere, { status: 409, body: { code: 'evenement_refuse', accepts: ['CLOSE', 'LOCK', 'NOTE'] } })
    t.match(notHere.body.detail, /running \(open\), and takes no UNLOCK there.* accepts CLOSE, LOCK, NOTE/)
    const retried = await at.post(`/api/sagas/${sagaId}/retry`, BY_TEST)
    t.match(retried, { status: 409, body: { code: 'verbe_refuse', possible: [{ verb: 'abandon' }] } })
  }
  const key = { 'idempotency-key': 'unlock' }
  t.match(await b.post(path, { type: 'UNLOCK' }, key), { status: 409, body: { code: 'evenement_refuse' } })
  await a.post(path, { type: 'LOCK' })
  const unlocked = await a.post(path, { type: 'UNLOCK' }, key)
  t.equal(unlocked.status, 200)
  t.notOk('idempotency-replayed' in unlocked.headers, 'what was refused was not accepted')
  await a.post(path, { type: 'LOCK' })
  for (const at of [a, b]) {
    const guarded = await at.post(path, { type: 'NOTE', text: 'idle' })
    t.match(guarded, { status: 409, body: { code: 'evenement_refuse', accepts: ['NOTE', 'UNLOCK'] } })
  }
  t.equal((await b.post(path, { type: 'NOTE', text: 'urgent', urgent: true })).status, 200)
  await a.post(path, { type: 'UNLOCK' })
  await a.post(path, { type: 'CLOSE' })
  for (const at of [a, b]) {
    const ended = await at.post(path, { type: 'NOTE', text: 'late' })
    t.match(ended, { status: 409, body: { code: 'evenement_refuse', accepts: [] } })
    t.match(ended.body.detail, 'has ended')
    const nobody = await at.post(`/api/sagas/${newUuid()}/events`, { type: 'NOTE' })
    t.match(nobody, { status: 404, body: { code: 'saga_inconnue' } })
  }
  t.match((await a.get(`/api/sagas/${sagaId}`)).body.output, { notes: ['urgent'] })
})

t.test('events wait for an owner that does not listen, in order, and only so many', async (t) => {
  const { seams: deafSeams, hear } = deaf()
  const { a, b } = await startTwo(t, {}, deafSeams)
  const sagaId = await open(a)
  const path = `/api/sagas/${sagaId}/events`
  for (let n = 0; n < 100; n++) {
    const sent = await b.post(path, { type: 'NOTE', text: n }, { ...ASYNC, 'idempotency-key': `note-${n}` })
    t.match([sent.status, sent.headers['location']], [202, `/api/sagas/${sagaId}`])
  }
  const tooMany = await b.post(path, { type: 'NOTE', text: 'too many' })
  t.match(tooMany, { status: 429, body: { code: 'trop_d_evenements' }, headers: { 'retry-after': '1' } })
  const again = await b.post(path, { type: 'NOTE', text: 7 }, { ...ASYNC, 'idempotency-key': 'note-7' })
  t.match(again, { status: 202, headers: { 'idempotency-replayed': 'true' } }, 'it is one of those that wait')
  const patient = b.post(
    path,
    { type: 'NOTE', text: 99 },
    { prefer: 'wait=30', 'idempotency-key': 'note-99' },
  )
  hear()
  t.equal((await patient).status, 200)
  const { body } = await a.post(path, { type: 'CLOSE' })
  t.strictSame(
    body.output?.['notes'],
    Array.from({ length: 100 }, (_, n) => n),
  )
})

t.test(
  'an orchestrator that goes away tells those who wait for a saga of another where to look',
  async (t) => {
    const { a, b } = await startTwo(t, { WAIT_SECONDS: '600' })
    await open(a, { ...ASYNC, 'idempotency-key': 'k' })
    const waiting = b.post('/api/sagas/dossier', { title: 'one' }, { 'idempotency-key': 'k' })
    const sent = await until(
      'b was asked',
      async () => (await b.metric('skald_sagas_in_flight')) === 0 && true,
    )
    t.ok(sent)
    await b.close()
    t.match(await waiting, { status: 202, headers: { location: /^\/api\/sagas\// } })
  },
)

t.test('a saga goes on at another orchestrator when its own goes away', async (t) => {
  const { a, b } = await startTwo(t)
  const sagas = await Promise.all(Array.from({ length: 10 }, () => open(a)))
  await a.close()
  for (const sagaId of sagas) {
    t.match(await b.post(`/api/sagas/${sagaId}/events`, { type: 'CLOSE' }), {
      status: 200,
      body: { state: 'DONE' },
    })
  }
  t.equal(await b.metric('skald_partitions_held'), 64)
})
