// Verbs in bulk at real orchestrators on a real database.
import t, { type Test } from 'tap'
import { v7 as newUuid } from 'uuid'
import { Bulks, WHO, type BulkBody } from '../../test/kit/bulks.ts'
import { freshDatabase } from '../../test/kit/database.ts'
import { depot } from '../../test/kit/depot.ts'
import { startOrchestratorAt, type RunningOrchestrator } from '../../test/kit/orchestrators.ts'
import { until } from '../../test/kit/until.ts'
import { openWorkshop } from '../../test/kit/workshop.ts'

const ASYNC = { prefer: 'respond-async' }
const PARKED = { machine: 'depot', status: 'parked' }

async function stage(t: Test, machines = [depot()]) {
  const { url: databaseUrl } = await freshDatabase(t)
  const workshop = await openWorkshop(t)
  const settings = { CARTS_URL: workshop.url, STEP_RETRIES: '0' }
  const start = (name: string, seams = { machines }) =>
    startOrchestratorAt(t, { databaseUrl, name, settings, seams })
  const at = await start('a')
  return { at, workshop, start, bulks: new Bulks(() => at.url) }
}

async function begin(at: RunningOrchestrator, count: number, waits = false): Promise<string[]> {
  const starts = Array.from({ length: count }, (_, n) =>
    at.post('/api/sagas/depot', { name: `depot ${n}`, waits }, ASYNC),
  )
  return (await Promise.all(starts)).map(({ body }) => body.saga_id)
}

async function untilParked(at: RunningOrchestrator, count: number): Promise<void> {
  await until(`${count} are parked`, async () => {
    const { sagas = [] } = (await at.get('/api/sagas?status=parked&limit=200')).body
    return sagas.length === count
  })
}

async function retriesOf(at: RunningOrchestrator, sagaId: string) {
  const { body } = await at.get(`/api/sagas/${sagaId}/transitions`)
  const rows = body as unknown as { event: { type: string; actor: string; reason: string } }[]
  return rows.map(({ event }) => event).filter(({ type }) => type === 'skald.retry')
}

t.test('each saga that allows the verb gets it once, and the others say why not', async (t) => {
  const { at, workshop, bulks } = await stage(t)
  const parked = await begin(at, 12)
  const waiting = await begin(at, 3, true)
  await untilParked(at, 12)
  workshop.works = true
  const made = await bulks.begin({ verb: 'retry', filter: { machine: 'depot' }, rate: 1_000 })
  t.match(made, { status: 'running', total: 15, verb: 'retry', filter: { machine: 'depot' }, ...WHO })
  const bulk = await bulks.untilDone(made.bulk_id)
  t.match(bulk, { sent: 12, applied: 12, ignored: 0, pending: 0, refused: 3, unknown: 0 })
  const applied = await bulks.sagas(bulk.bulk_id, 'outcome=applied')
  t.strictSame(applied.map(({ saga_id }) => saga_id).sort(), [...parked].sort())
  const refused = await bulks.sagas(bulk.bulk_id, 'outcome=refused')
  t.strictSame(refused.map(({ saga_id }) => saga_id).sort(), [...waiting].sort())
  for (const { why } of refused)
    t.match(why, /waiting: it can not be told to retry there; possible: .*cancel/)
  for (const sagaId of parked) {
    t.match(await retriesOf(at, sagaId), [WHO])
    t.match(await at.get(`/api/sagas/${sagaId}`), { body: { status: 'done' } })
  }

  const again = await bulks.begin({ verb: 'abandon', filter: { all: true } })
  const left = { total: 3, sent: 3, applied: 3, refused: 0 }
  t.match(await bulks.untilDone(again.bulk_id), left, 'those that have ended are not looked at')
  const { body } = await at.get('/api/bulk?limit=1')
  const list = body as unknown as { bulks: BulkBody[]; next_cursor: string }
  t.match(list, { bulks: [{ bulk_id: again.bulk_id }] })
  const older = await at.get(`/api/bulk?cursor=${list.next_cursor}`)
  t.match(older.body, { bulks: [{ bulk_id: made.bulk_id }], next_cursor: null })
})

t.test('a dry run counts all, shows ten with why, and does nothing', async (t) => {
  const { at, bulks } = await stage(t)
  const parked = await begin(at, 9)
  await begin(at, 4, true)
  await untilParked(at, 9)
  const { status, body } = await bulks.post('', {
    ...WHO,
    verb: 'retry',
    filter: { all: true },
    dry_run: true,
  })
  t.equal(status, 200)
  t.match(body, { count: 13, looked_at: 13, possible: 9, refused: 4 })
  const { sample } = body as unknown as { sample: { possible: boolean; why: string | null }[] }
  t.equal(sample.length, 10)
  t.equal(sample.filter(({ possible }) => !possible).length, 4, 'newest first')
  for (const { possible, why } of sample) t.equal(why === null, possible)
  for (const sagaId of parked) t.strictSame(await retriesOf(at, sagaId), [])
  t.match((await at.get('/api/bulk')).body, { bulks: [] })
})

t.test('the same key is the same bulk, and another request under it is refused', async (t) => {
  const { at, bulks } = await stage(t)
  await begin(at, 2)
  await untilParked(at, 2)
  const request = { ...WHO, verb: 'cancel', filter: PARKED }
  const key = { 'idempotency-key': 'night shift' }
  t.match(await bulks.post('', request, key), { status: 400 })
  key['idempotency-key'] = 'night-shift'
  const [one, two] = await Promise.all([bulks.post('', request, key), bulks.post('', request, key)])
  t.match([one.status, two.status], [201, 201])
  t.equal(one.body.bulk_id, two.body.bulk_id)
  t.equal(one.headers['location'], `/api/bulk/${one.body.bulk_id}`)
  await bulks.untilDone(one.body.bulk_id)
  const again = await bulks.post('', request, key)
  t.match(again, { status: 201, headers: { 'idempotency-replayed': 'true' }, body: { status: 'done' } })
  const other = await bulks.post('', { ...request, reason: 'another' }, key)
  t.match(other, { status: 422, body: { code: 'cle_reutilisee' } })
})

t.test('what is not meant is refused before anything is made', async (t) => {
  const { at, bulks } = await stage(t)
  const faults: [object, string][] = [
    [{ filter: {} }, 'filter'],
    [{ filter: { all: true, status: 'parked' } }, 'filter/all'],
    [{ filter: { older_than: 'a while' } }, 'filter/older_than'],
    [{ actor: ' ' }, 'actor'],
    [{ rate: 0 }, 'rate'],
    [{ verb: 'explode' }, 'verb'],
    [{ output: {} }, 'output'],
    [{ to: '2' }, 'to'],
    [{ verb: 'complete' }, 'output'],
    [{ verb: 'cancel', input: {} }, 'input'],
    [{ verb: 'migrate' }, 'to'],
    [{ verb: 'migrate', to: '7' }, 'to'],
    [{ verb: 'migrate', to: '1', step: 'work' }, 'step'],
    [{ reason: 'a \u0000' }, 'body'],
  ]
  for (const [fault, field] of faults) {
    const answer = await bulks.post('', { ...WHO, verb: 'retry', filter: PARKED, ...fault })
    t.match(answer, { status: 400, body: { code: 'requete_invalide', errors: [{ field }] } }, field)
  }
  const nobody = newUuid()
  for (const path of [`/api/bulk/${nobody}`, `/api/bulk/${nobody}/sagas`])
    t.match(await at.get(path), { status: 404, body: { code: 'masse_inconnue' } })
  t.match(await bulks.post(`/${nobody}/stop`, WHO), { status: 404 })
  t.match(await at.get('/api/bulk?cursor=x'), { status: 400 })
  t.match((await at.get('/api/bulk')).body, { bulks: [] })
})

t.test('a bulk that is stopped sends nothing more, and goes on where it stood', async (t) => {
  const { at, bulks } = await stage(t)
  await begin(at, 6)
  await untilParked(at, 6)
  const { bulk_id } = await bulks.begin({ verb: 'cancel', filter: PARKED, rate: 1 })
  await until('the first was sent', async () => (await bulks.get(bulk_id)).sent > 0)
  const stopped = await bulks.post(`/${bulk_id}/stop`, { ...WHO, reason: 'wait' })
  t.match(stopped, { status: 200, body: { status: 'stopped', history: [{ did: 'stop', reason: 'wait' }] } })
  await until('what was sent is answered', async () => (await bulks.get(bulk_id)).pending === 0)
  const { sent } = stopped.body
  t.ok(sent < 6)
  t.match(await bulks.get(bulk_id), { status: 'stopped', sent, applied: sent })
  t.match(await bulks.post(`/${bulk_id}/stop`, WHO), { status: 200, body: { history: { length: 1 } } })

  t.match(await bulks.post(`/${bulk_id}/resume`, WHO), { status: 200, body: { status: 'running' } })
  const done = await bulks.untilDone(bulk_id)
  t.match(done, { sent: 6, applied: 6, history: [{ did: 'stop' }, { did: 'resume', actor: 'ada' }] })
  const late = await bulks.post(`/${bulk_id}/resume`, WHO)
  t.match(late, { status: 409, body: { code: 'masse_terminee' } })
})

t.test('a saga that begins later is not in it', async (t) => {
  const { at, bulks } = await stage(t)
  await begin(at, 3)
  await untilParked(at, 3)
  const { bulk_id } = await bulks.begin({ verb: 'cancel', filter: PARKED, rate: 1 })
  await begin(at, 2)
  t.match(await bulks.untilDone(bulk_id), { total: 3, sent: 3, refused: 0 })
  await untilParked(at, 2)
})

t.test('the rate is kept by all orchestrators together', async (t) => {
  const { at, bulks, start } = await stage(t)
  await begin(at, 60)
  await untilParked(at, 60)
  await start('b')
  const { bulk_id } = await bulks.begin({ verb: 'cancel', filter: PARKED, rate: 20 })
  const { created_at, ended_at, applied } = await bulks.untilDone(bulk_id)
  t.equal(applied, 60)
  // A page of them is sent at once, and a page may be late by the time that a bulk waits to be found.
  t.ok(Date.parse(ended_at ?? '') - Date.parse(created_at) >= ((60 - 4) / 20 - 1) * 1_000)
  const { bulk_id: slow } = await bulks.begin({ verb: 'cancel', filter: PARKED, rate: 1 })
  t.match(await bulks.untilDone(slow), { total: 0, sent: 0 })
})

t.test('an input is corrected, and a result that was looked up is checked, in bulk too', async (t) => {
  const { at, workshop, bulks } = await stage(t)
  const [first] = await begin(at, 1)
  await untilParked(at, 1)
  const long = await bulks.begin({ verb: 'retry', filter: PARKED, input: { name: 'x'.repeat(50) } })
  t.match(await bulks.untilDone(long.bulk_id), { sent: 0, refused: 1 })
  t.match(await bulks.sagas(long.bulk_id), [{ outcome: 'refused', why: /input.name/ }])
  workshop.works = true
  const short = await bulks.begin({ verb: 'retry', filter: { q: first }, input: { name: 'short' } })
  t.match(await bulks.untilDone(short.bulk_id), { applied: 1 })
  workshop.works = false
  await begin(at, 1)
  await untilParked(at, 1)
  const wrong = await bulks.begin({ verb: 'complete', filter: PARKED, output: { done: 'yes' } })
  t.match(await bulks.untilDone(wrong.bulk_id), { sent: 0, refused: 1 })
  const right = await bulks.begin({ verb: 'complete', filter: PARKED, output: { done: true } })
  t.match(await bulks.untilDone(right.bulk_id), { applied: 1 })
})

t.test('sagas are moved to another version in bulk, those that have ended excepted', async (t) => {
  const { at, bulks, start } = await stage(t)
  const sagas = await begin(at, 3)
  await untilParked(at, 3)
  await at.post(`/api/sagas/${sagas[0]}/cancel`, WHO)
  const both = [depot(), depot('2', (snapshot) => snapshot)]
  const newer = await start('b', { machines: both })
  const there = new Bulks(() => newer.url)
  t.match(await bulks.post('', { ...WHO, verb: 'migrate', to: '2', filter: { machine: 'depot' } }), {
    status: 400,
  })
  await at.close()
  const { bulk_id } = await there.begin({ verb: 'migrate', to: '2', filter: { machine: 'depot' } })
  t.match(await there.untilDone(bulk_id), { total: 2, applied: 2, refused: 0 })
  for (const sagaId of sagas.slice(1))
    t.match(await newer.get(`/api/sagas/${sagaId}`), { body: { version: '2', status: 'parked' } })
  const again = await there.begin({ verb: 'migrate', to: '2', filter: { status: 'parked' } })
  t.match(await there.untilDone(again.bulk_id), { refused: 2 })
  t.match((await there.sagas(again.bulk_id))[0]?.why, /runs on version 2 already/)
})
