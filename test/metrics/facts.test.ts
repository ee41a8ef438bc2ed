// Each metric of an orchestrator is fed by what really happens: sagas that end, fail and park, a journal that waits, a
// partition that is taken, people who watch.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { openPool } from '../../migrations/database.ts'
import { shopWithTroubles } from '../cli/shop-with-troubles.ts'
import { openViewer } from '../inspector/stately-viewer.ts'
import { openEventStream } from '../kit/event-stream.ts'
import { http } from '../kit/http.ts'
import { samplesIn, sumOf } from '../kit/samples.ts'
import { until } from '../kit/until.ts'

const OPEN_METRICS = 'application/openmetrics-text;version=1.0.0'
const TRACE = '0af7651916cd43dd8448eb211c80319c'

const { system, url, done, failed, parked } = await shopWithTroubles(t)
const { shop, databaseUrl } = system
const pool = openPool({ url: databaseUrl, poolMax: 2, applicationName: 'test' })
t.teardown(() => pool.end())

const scrape = async (accept = 'text/plain') =>
  (await http.get(`${url}/metrics`, { responseType: 'text', headers: { accept } })).body
const value = async (name: string, labels: Record<string, string> = {}) =>
  sumOf(samplesIn(await scrape()), name, { service: 'orchestrator', ...labels })
const untilIs = async (expected: number, name: string, labels?: Record<string, string>) =>
  until(`${name} is ${expected}`, async () => (await value(name, labels)) === expected)

const machine = 'commande'

t.test('sagas: how many began, how they ended, and how long that took', async (t) => {
  t.equal(await value('skald_sagas_started_total', { machine }), 3)
  t.equal(await value('skald_sagas_ended_total', { machine, outcome: 'done' }), 1)
  t.equal(await value('skald_sagas_ended_total', { machine, outcome: 'failed' }), 1)
  t.equal(await value('skald_saga_duration_seconds_count', { machine }), 2)
  const [first, ...rest] = await shop.transitions(done)
  const tookMs = Date.parse(rest.at(-1)?.at ?? '') - Date.parse(first?.at ?? '')
  const seconds = await value('skald_saga_duration_seconds_sum', { machine, outcome: 'done' })
  t.ok(Math.abs(Number(seconds) * 1_000 - tookMs) <= 1, `${seconds} s of ${tookMs} ms`)
})

t.test('states: how long sagas were in each, as their journals have it', async (t) => {
  const samples = samplesIn(await scrape())
  const journals = await Promise.all([done, failed].map((sagaId) => shop.transitions(sagaId)))
  const moves = journals.flatMap((rows) =>
    rows.slice(1).map(({ at }, index) => {
      const before = rows[index]
      return { state: before?.state ?? '', ms: Date.parse(at) - Date.parse(before?.at ?? '') }
    }),
  )
  // Of those that the parked saga is not in again and again.
  for (const state of ['doing.create', 'undoing.lock']) {
    const of = moves.filter((move) => move.state === state)
    const name = 'skald_state_duration_seconds'
    t.equal(sumOf(samples, `${name}_count`, { machine, state }), of.length, state)
    const sum = of.reduce((total, { ms }) => total + ms, 0)
    t.ok(Math.abs(Number(sumOf(samples, `${name}_sum`, { machine, state })) * 1_000 - sum) <= 1, state)
  }
  t.equal(sumOf(samples, 'skald_state_duration_seconds_count', { state: 'other' }), undefined)
})

t.test('steps: of which machine, at which participant, and what came of them', async (t) => {
  const create = { machine, step: 'create', direction: 'doing', participant: 'produits', outcome: 'done' }
  t.equal(await value('skald_step_duration_seconds_count', create), 1)
  const reserve = { machine, step: 'reserve', direction: 'doing', participant: 'stocks' }
  t.equal(await value('skald_step_duration_seconds_count', { ...reserve, outcome: 'refused' }), 1)
  const doubt = await value('skald_step_duration_seconds_count', { ...reserve, outcome: 'in_doubt' })
  t.ok(Number(doubt) > 0, 'stocks does not answer')
  t.ok(Number(await value('skald_step_attempts_total', { machine, step: 'reserve' })) > Number(doubt))
})

t.test('the whole database: what has not ended, and since when', async (t) => {
  // Between two tries it is on its way for a moment.
  const samples = await until(
    'it is parked',
    async () => {
      const samples = samplesIn(await scrape())
      return sumOf(samples, 'skald_sagas_parked', { machine }) === 1 && samples
    },
    60,
  )
  const unfinished = samples.filter(({ name }) => name === 'skald_sagas_unfinished')
  t.match(unfinished, [{ labels: { machine, status: 'parked', state: 'parked.undoing' }, value: 1 }])
  const ages = samples.filter(({ name }) => /^skald_oldest_.*_seconds$/.test(name))
  const { created_at } = (await http.get<{ created_at: string }>(`${url}/api/sagas/${parked}`)).body
  const oldest = sumOf(ages, 'skald_oldest_parked_seconds', { machine }) ?? NaN
  t.ok(oldest > 0 && oldest * 1_000 <= Date.now() - Date.parse(created_at))
  t.equal(sumOf(ages, 'skald_oldest_in_flight_seconds', { machine }), 0)
  t.equal(sumOf(samples, 'skald_partitions'), 64)
  t.equal(sumOf(samples, 'skald_inbox_waiting'), 0)
  t.equal(sumOf(samples, 'skald_inbox_oldest_seconds'), 0)
  t.ok(Number(sumOf(samples, 'skald_figures_age_seconds')) < 60)
})

t.test('timers: how late those fired that it parked with', async (t) => {
  await until('one fired', async () => Number(await value('skald_timer_lateness_seconds_count')) > 0)
  const seconds = Number(await value('skald_timer_lateness_seconds_sum'))
  t.ok(seconds >= 0)
})

t.test('a bad bucket leads to a saga in it, and to its trace', async (t) => {
  const headers = { traceparent: `00-${TRACE}-b7ad6b7169203331-01` }
  const order = { cart_id: randomUUID(), magasin_id: 101 }
  const { body } = await shop.post('/api/orchestrator/', order, headers)
  t.equal(body.state, 'FAILED')
  const lines = (await scrape(OPEN_METRICS)).split('\n')
  const about = (name: string, label: string) =>
    lines.filter((line) => line.startsWith(`${name}_bucket`) && line.includes(label) && line.includes(' # '))
  const exemplar = `saga_id="${body.saga_id}",trace_id="${TRACE}"`
  const ended = about('skald_saga_duration_seconds', 'outcome="failed"')
  t.ok(ended.some((line) => line.includes(exemplar)))
  const refused = about('skald_step_duration_seconds', 'outcome="refused"')
  t.ok(refused.some((line) => line.includes(exemplar)))
  const ids = [...ended, ...refused].map((line) => /saga_id="([^"]+)"/.exec(line)?.[1])
  t.ok(ids.every((id) => id === body.saga_id || id === failed))
  t.notMatch(await scrape(), 'saga_id=', 'plain text has no exemplars')
})

t.test('the journal: what waits while the database holds a saga', async (t) => {
  t.equal(await value('skald_journal_waiting'), 0)
  const client = await pool.connect()
  await client.query('begin')
  await client.query('lock table orchestrator.transition in share mode')
  const order = shop.order(await shop.cart(1), { prefer: 'respond-async' })
  await until('its start waits', async () => Number(await value('skald_journal_waiting')) > 0)
  t.ok(Number(await value('skald_pool_connections', { pool: 'journal', use: 'busy' })) > 0)
  await client.query('rollback')
  client.release()
  t.equal((await order).status, 202)
  await untilIs(0, 'skald_journal_waiting')
})

t.test('people who watch are told while they do, and no answer of a stream is one of minutes', async (t) => {
  t.equal(await value('skald_viewers'), 0)
  const page = await openEventStream(t, `${url}/inspector/api/live`)
  const tool = openViewer(t, `${url}/inspector/stately?saga=${parked}`)
  await until('it is told', async () => tool.messages.length > 0)
  t.equal(await value('skald_viewers', { by: 'sse' }), 1)
  t.equal(await value('skald_viewers', { by: 'websocket' }), 1)
  page.close()
  tool.close()
  await untilIs(0, 'skald_viewers', { by: 'sse' })
  await untilIs(0, 'skald_viewers', { by: 'websocket' })
  const streams = samplesIn(await scrape()).filter(({ labels }) =>
    ['/inspector/api/live', '/inspector/stately'].includes(labels['route'] ?? ''),
  )
  t.same(streams, [])
})

t.test('a stream that was refused is an answer like any other', async (t) => {
  const headers = { origin: 'http://elsewhere.example' }
  await openViewer(t, `${url}/inspector/stately?saga=${parked}`, headers).closed
  await http.get(`${url}/inspector/api/live?machine=${'x'.repeat(500)}&wrong=1`)
  const name = 'http_request_duration_seconds_count'
  await untilIs(1, name, { route: '/inspector/stately', status: '403' })
  await untilIs(1, name, { route: '/inspector/api/live', status: '400' })
})

t.test('so is one of a client that offers another protocol with every call', async (t) => {
  const headers = { connection: 'upgrade', upgrade: 'h2c' }
  const before = await value('http_request_duration_seconds_count', { route: '/healthz' })
  t.equal((await http.get(`${url}/healthz`, { headers })).statusCode, 200)
  await untilIs((before ?? 0) + 1, 'http_request_duration_seconds_count', { route: '/healthz' })
})

t.test('sagas that are told again are counted by what came of it', async (t) => {
  await http.get(`${url}/inspector/api/sagas/${done}/replay`)
  t.equal(await value('skald_replays_total', { outcome: 'identical' }), 1)
  await http.get(`${url}/inspector/api/sagas/${parked}/replay?against=1`)
  t.equal(await value('skald_replays_total'), 2)
})

t.test('a write that came behind another owner’s is a loss at the fence', async (t) => {
  t.equal(await value('skald_fence_losses_total'), 0)
  const lost = async () => Number(await value('skald_partitions_moved_total', { kind: 'lost' }))
  // The next heartbeat may find out before the write does: then there is none to keep out.
  await until(
    'a write came behind',
    async () => {
      const before = await lost()
      system.stocks.hold('request')
      const { body } = await shop.order(await shop.cart(1), { prefer: 'respond-async' })
      await until(
        'it waits for stocks',
        async () => (await shop.saga(body.saga_id)).state === 'doing.reserve',
      )
      await pool.query(
        `update orchestrator.partition set epoch = epoch + 1
         where id = (select partition from orchestrator.saga where saga_id = $1)`,
        [body.saga_id],
      )
      system.stocks.release()
      await until('its partition is lost', async () => (await lost()) > before)
      return (await value('skald_fence_losses_total', { machine })) !== 0
    },
    120,
  )
  t.ok(Number(await value('skald_saga_troubles_total', { machine })) > 0)
})

t.test('no label is an id, nor anything that a caller thought of', async (t) => {
  const marker = 'zz-hostile'
  const headers = {
    authorization: `Bearer skald_${marker}`,
    'idempotency-key': marker,
    'x-correlation-id': marker,
    traceparent: marker,
    'user-agent': marker,
    cookie: `skald_session=${marker}`,
  }
  const json = { cart_id: marker, magasin_id: 101, actor: marker, reason: marker, type: marker, name: marker }
  const paths = [
    `/api/sagas/${marker}`,
    `/api/sagas/${parked}/events?x=${marker}`,
    `/api/sagas/${parked}/${marker}`,
    `/api/sagas?machine=${marker}&state=${marker}&q=${marker}`,
    `/api/machines/${marker}`,
    `/inspector/api/sagas/${parked}/replay?against=${marker}`,
    `/inspector/${marker}`,
    `/${marker}/%2e%2e/metrics`,
  ]
  for (const path of paths) {
    await http.get(`${url}${path}`, { headers, responseType: 'text' })
    await http.post(`${url}${path}`, { headers, json, responseType: 'text' })
  }
  for (const verb of ['retry', 'skip', 'complete', 'compensate', 'cancel', 'abandon', 'events', marker])
    await http.post(`${url}/api/sagas/${parked}/${verb}`, { headers, json, responseType: 'text' })
  const values = samplesIn(await scrape()).flatMap(({ labels }) => Object.values(labels))
  t.ok(values.length > 500)
  t.notOk(values.some((label) => label.includes(marker)))
  t.notOk(values.some((label) => /[0-9a-f]{8}-[0-9a-f]{4}-/.test(label)))
})
