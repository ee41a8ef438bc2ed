import type { Socket } from 'node:net'
import { promisify } from 'node:util'
import pg from 'pg'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { v7 as newSagaId } from 'uuid'
import { buildHttpServer } from '../../../services/participant/http-server.ts'
import { openEventStream } from '../../../test/kit/event-stream.ts'
import { http } from '../../../test/kit/http.ts'
import { openJournal, openJournalAt } from '../../../test/kit/journal-database.ts'
import { lossyPath } from '../../../test/kit/lossy-path.ts'
import { until } from '../../../test/kit/until.ts'
import { feedCursorText } from '../../api/feed-cursor.ts'
import { Metrics } from '../../metrics/metrics.ts'
import { Redaction } from '../../redact/redaction.ts'
import type { SagaReader } from '../../store/saga-reader.ts'
import type { FeedCursor } from '../../store/transition-feed.ts'
import { liveRoutes } from './routes.ts'

interface Row {
  readonly saga_id: string
  readonly seq: number
}
interface Moved {
  readonly sagas: readonly Row[]
  readonly more: number
}
interface Counts {
  readonly counts: readonly { status: string; state: string; sagas: number }[]
}

const journal = await openJournal(t)
const { pool } = journal

const log = pino({ level: 'silent' })
const redaction = new Redaction({ names: undefined, machines: [] })
const around = { log, redaction, metrics: new Metrics([]).inspector, authenticate: undefined }

/** A process with nothing but the live routes. */
async function start(t: Pick<Test, 'teardown'>, reader: Partial<SagaReader> = journal.reader) {
  const app = await buildHttpServer('live', { log: 'silent', ready: async () => undefined })
  const sockets = new Set<Socket>()
  app.server.on('connection', (socket) => sockets.add(socket))
  await app.register(async (routes) => liveRoutes(routes, { reader: reader as SagaReader, ...around }))
  const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/inspector/api/live`
  t.teardown(() => app.close())
  return { app, url, sockets }
}

async function saga({ machine = 'commande', state = 'doing.lock' } = {}): Promise<string> {
  const sagaId = newSagaId()
  await pool.query(
    `insert into orchestrator.saga
       (partition, saga_id, machine, version, business_key, input, status, state, step, seq, epoch, wake_at)
     values (7, $1, $2, '1', 'cart', '{}', 'running', $3, 'lock', -1, 1, '-infinity')`,
    [sagaId, machine, state],
  )
  await move([sagaId], state)
  return sagaId
}

/** Each has one more transition, all in one transaction. */
async function move(sagaIds: readonly string[], state = 'doing.lock'): Promise<void> {
  await pool.query(
    `with moved as (
       update orchestrator.saga set seq = seq + 1, state = $2, updated_at = clock_timestamp()
       where partition = 7 and saga_id = any($1) returning saga_id, seq
     )
     insert into orchestrator.transition (partition, saga_id, seq, event, at, state, snapshot)
     select 7, saga_id, seq, '{"type":"E"}', now(), $2, '{}' from moved`,
    [sagaIds, state],
  )
}

async function sagas(count: number, businessKey = 'cart'): Promise<string[]> {
  const { rows } = await pool.query<{ saga_id: string }>(
    `insert into orchestrator.saga
       (partition, saga_id, machine, version, business_key, input, status, state, seq, epoch, wake_at)
     select 7, gen_random_uuid(), 'crowd', '1', $2, '{}', 'running', 'doing', -1, 1, '-infinity'
     from generate_series(1, $1::int) returning saga_id`,
    [count, businessKey],
  )
  return rows.map(({ saga_id }) => saga_id)
}

/** Lets new connections in, or not. */
async function connectionsOf(t: Pick<Test, 'teardown'>, url: string) {
  const client = new pg.Client(Object.assign(new URL(url), { pathname: '/postgres' }).href)
  await client.connect()
  t.teardown(() => client.end())
  const name = new URL(url).pathname.slice(1)
  return async (areAllowed: boolean) => {
    await client.query(`alter database ${name} with allow_connections ${areAllowed}`)
  }
}

const has = (sagaId: string, seq: number) => (moved: Moved) =>
  moved.sagas.some((row) => row.saga_id === sagaId && row.seq === seq)

t.test('what moves is told as it stands, with where to go on', async (t) => {
  const { url } = await start(t)
  const stream = await openEventStream(t, url)
  t.match(stream.response.headers, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
  t.strictSame(await stream.next('moved'), { sagas: [], more: 0 }, 'from here on')
  t.match(stream.text(), /^retry: 1000\n\n/)
  const sagaId = await saga()
  const first = await stream.next<Moved>('moved', has(sagaId, 0))
  t.match(first, {
    sagas: [
      {
        saga_id: sagaId,
        machine: 'commande',
        version: '1',
        business_key: 'cart',
        status: 'running',
        state: 'doing.lock',
        step: 'lock',
        error_code: null,
        seq: 0,
        created_at: /^2.*Z$/,
        updated_at: /^2.*Z$/,
      },
    ],
    more: 0,
  })
  await pool.query(
    `update orchestrator.saga set status = 'done', step = null, wake_at = null where saga_id = $1`,
    [sagaId],
  )
  await move([sagaId], 'done')
  t.match(await stream.next<Moved>('moved', has(sagaId, 1)), { sagas: [{ status: 'done', state: 'DONE' }] })
})

t.test('a saga that moved often since the last look is told once, as it is now', async (t) => {
  const { url } = await start(t)
  const stream = await openEventStream(t, url)
  await stream.next('moved')
  const id = stream.lastId()
  const sagaId = await saga()
  for (let time = 0; time < 20; time += 1) await move([sagaId])
  const again = await openEventStream(t, url, { 'last-event-id': id })
  const told = await again.next<Moved>('moved', has(sagaId, 20))
  t.equal(told.sagas.length, 1)
})

t.test('who comes back is told what was missed and nothing else, of whichever process', async (t) => {
  const [one, other] = [await start(t), await start(t)]
  const first = await openEventStream(t, one.url)
  await first.next('moved')
  const [known, missed] = [await saga(), await saga()]
  await first.next<Moved>('moved', has(missed, 0))
  first.close()
  await move([missed])
  // The other one has a viewer of its own, and so looks already.
  const watching = await openEventStream(t, other.url)
  await watching.next('moved')
  for (const open of [
    openEventStream(t, other.url, { 'last-event-id': first.lastId() }),
    openEventStream(t, `${other.url}?last_event_id=${first.lastId()}`),
  ]) {
    const stream = await open
    await stream.next<Moved>('moved', has(missed, 1))
    await move([known])
    await stream.next('moved', ({ sagas }: Moved) => sagas.some(({ saga_id }) => saga_id === known))
    const told = stream.events.flatMap(({ event, data }) => (event === 'moved' ? (data as Moved).sagas : []))
    t.strictSame(
      told.map(({ saga_id }) => saga_id),
      [missed, known],
    )
  }
})

t.test('what moves while one catches up is told once, by the look that comes then', async (t) => {
  const sagaId = await saga()
  let late = ''
  const feed = new Proxy(journal.reader.feed, {
    get(target, name) {
      if (name === 'now') return () => target.now()
      return async (cursor: FeedCursor, until?: FeedCursor) => {
        if (feedCursorText(cursor) === late) await move([sagaId])
        return await target.moved(cursor, until)
      }
    },
  })
  const { url } = await start(t, { feed, counts: () => journal.reader.counts({}) })
  const first = await openEventStream(t, url)
  await first.next('moved')
  const id = first.lastId()
  const other = await saga()
  await first.next<Moved>('moved', has(other, 0))
  late = id
  const second = await openEventStream(t, url, { 'last-event-id': id })
  await second.next<Moved>('moved', has(sagaId, 1))
  const last = await saga()
  await second.next<Moved>('moved', has(last, 0))
  const told = second.events.flatMap(({ event, data }) => (event === 'moved' ? (data as Moved).sagas : []))
  t.strictSame(
    told.map(({ saga_id }) => saga_id),
    [other, sagaId, last],
  )
})

t.test('a place that nobody can tell from, or too far back, means to read all anew', async (t) => {
  const { url } = await start(t)
  const first = await openEventStream(t, url)
  await first.next('moved')
  const old = first.lastId()
  const crowd = await sagas(5_001)
  await move(crowd)
  await first.next('again')
  const foreign = `${old.startsWith('0') ? '1' : '0'}${old.slice(1)}`
  const ofList = `${old}.${old.split('.')[1]}.1.${newSagaId()}.1`
  for (const id of [old, foreign, ofList, 'made up']) {
    const stream = await openEventStream(t, url, { 'last-event-id': id })
    t.strictSame(await stream.next('again'), {}, id)
    t.notOk(stream.events.some(({ event }) => event === 'moved'))
    await until('a place to go on from', async () => stream.lastId() !== '')
    const sagaId = await saga()
    await stream.next<Moved>('moved', has(sagaId, 0))
  }
})

t.test('of a crowd the last five hundred are told, and how many more there are', async (t) => {
  const { url } = await start(t)
  const stream = await openEventStream(t, `${url}?machine=crowd`)
  await stream.next('moved')
  const crowd = await sagas(700)
  await saga()
  await move(crowd)
  const told = await stream.next('moved', ({ more }: Moved) => more > 0)
  t.match({ told: told.sagas.length, more: told.more }, { told: 500, more: 200 })
  t.ok(told.sagas.every(({ saga_id }) => crowd.includes(saga_id)))
})

t.test('of one machine alone, others are not told, but the place moves on', async (t) => {
  const { url } = await start(t)
  const [all, one] = [await openEventStream(t, url), await openEventStream(t, `${url}?machine=retour`)]
  await Promise.all([all.next('moved'), one.next('moved')])
  const other = await saga()
  await all.next<Moved>('moved', has(other, 0))
  const wanted = await saga({ machine: 'retour' })
  await one.next<Moved>('moved', has(wanted, 0))
  t.notOk(one.text().includes(other))
})

t.test('counts are told at once, and when they have changed', async (t) => {
  const { url } = await start(t)
  const counted = (sagas: number) => (told: Counts) =>
    told.counts.some((count) => count.state === 'doing.count' && count.sagas === sagas)
  const sagaId = await saga({ state: 'doing.count' })
  const stream = await openEventStream(t, url)
  const [first] = (await stream.next<Counts>('counts')).counts
  t.match(first, { machine: String, version: String, status: String, state: String, sagas: Number })
  await stream.next('counts', counted(1))
  const late = await openEventStream(t, url)
  await late.next('counts', counted(1))
  await saga({ state: 'doing.count' })
  await Promise.all([stream.next('counts', counted(2)), late.next('counts', counted(2))])
  await move([sagaId])
  await stream.next('counts', counted(1), stream.events.length)
})

t.test('without a viewer nothing is looked up', async (t) => {
  const looks = { feed: 0, counts: 0 }
  const feed = new Proxy(journal.reader.feed, {
    get(target, name) {
      looks.feed += 1
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const counts = async () => {
    looks.counts += 1
    return await journal.reader.counts({})
  }
  const { url, app } = await start(t, { feed, counts })
  const open = async () => await promisify(app.server.getConnections.bind(app.server))()
  t.strictSame(looks, { feed: 0, counts: 0 })
  const streams = [await openEventStream(t, url), await openEventStream(t, url)]
  await Promise.all(streams.map((stream) => stream.next('counts')))
  for (const stream of streams) stream.close()
  await until('they have left', async () => (await open()) === 0)
  const before = { ...looks }
  // Another process looks four times meanwhile.
  const elsewhere = await openEventStream(t, (await start(t)).url)
  await elsewhere.next('moved')
  for (let time = 0; time < 4; time += 1) {
    const sagaId = await saga()
    await elsewhere.next<Moved>('moved', has(sagaId, 0))
  }
  t.ok(looks.feed - before.feed <= 1, 'but for a look that was under way')
  t.equal(looks.counts, before.counts)
})

t.test('a client that does not read is sent no more than it has room for, then what it missed', async (t) => {
  const { url, sockets } = await start(t)
  const watching = await openEventStream(t, url)
  await watching.next('moved')
  const slow = await openEventStream(t, url)
  await slow.next('moved')
  slow.response.pause()
  const known = new Set(sockets)
  const crowd = await sagas(1_000, 'x'.repeat(6_000))
  let mostBytes = 0
  // Three megabytes each: in all far more than the kernel holds for it.
  for (let time = 0; time < 12; time += 1) {
    const from = watching.events.length
    await move(crowd)
    await watching.next('moved', ({ more }: Moved) => more > 0, from)
    for (const { writableLength } of known) mostBytes = Math.max(mostBytes, writableLength)
  }
  const oneMessage = watching.text().length / watching.events.filter(({ event }) => event === 'moved').length
  t.ok(mostBytes > 0, 'its connection is full')
  t.ok(mostBytes < 2 * oneMessage, `${mostBytes} bytes are kept for it`)
  slow.response.resume()
  await slow.next('again')
  const last = await saga()
  await slow.next<Moved>('moved', has(last, 0))
})

t.test('while the database is away streams stay open, and go on behind what they have told', async (t) => {
  const path = await lossyPath(t, journal.url)
  const { reader } = await openJournalAt(t, path.url)
  const { url } = await start(t, reader)
  const stream = await openEventStream(t, url)
  await stream.next('moved')
  const allow = await connectionsOf(t, journal.url)
  await allow(false)
  path.cut('now')
  const sagaId = await saga()
  const late = await openEventStream(t, url)
  await t.rejects(reader.ping(), 'nobody gets in')
  t.equal(late.response.statusCode, 200)
  await allow(true)
  await stream.next<Moved>('moved', has(sagaId, 0))
  await late.next('moved')
})

t.test('when the server closes, streams end at once, and no new one begins', async (t) => {
  const { app, url } = await start(t)
  const stream = await openEventStream(t, url)
  const stuck = await openEventStream(t, url)
  await Promise.all([stream.next('moved'), stuck.next('moved')])
  stuck.response.pause()
  // Twelve megabytes: more than the kernel holds for it.
  await move(await sagas(500, 'x'.repeat(24_000)))
  await stream.next('moved', ({ sagas }: Moved) => sagas.length === 500)
  await app.close()
  await until('it has ended', async () => stream.isEnded())
  t.ok(stream.response.complete, 'as a response ends')
})

t.test('more viewers than a process takes are sent elsewhere', async (t) => {
  const { url } = await start(t)
  const streams = await Promise.all(Array.from({ length: 200 }, () => openEventStream(t, url)))
  t.ok(streams.every(({ response }) => response.statusCode === 200))
  t.match(await http.get(url, { headers: { accept: 'text/event-stream' } }), {
    statusCode: 503,
    headers: { 'retry-after': '1' },
    body: { code: 'occupe' },
  })
  streams[0]?.close()
  await until('there is room again', async () => {
    const { response } = await openEventStream(t, url)
    return response.statusCode === 200
  })
})

t.test('who wants no events, or asks for what there is not, is told so', async (t) => {
  const { url } = await start(t)
  const json = await http.get(url, { headers: { accept: 'application/json' } })
  t.equal(json.statusCode, 406)
  t.match(await http.get(`${url}?saga=1`), { statusCode: 400, body: { code: 'requete_invalide' } })
  t.match(await http.head(url), { statusCode: 404 })
})

t.test('what states have seen is told of one version, and read once for all who ask', async (t) => {
  let reads = 0
  const stateStats = async () => {
    reads += 1
    return await journal.reader.stateStats()
  }
  const { app } = await start(t, { feed: journal.reader.feed, stateStats })
  await saga({ machine: 'stats' })
  await saga({ machine: 'stats' })
  const stats = async (query: string) => await app.inject(`/inspector/api/stats?${query}`)
  const [one, none] = await Promise.all([stats('machine=stats&version=1'), stats('machine=stats&version=2')])
  t.match(one.json(), {
    since: /Z$/,
    transitions: 2,
    is_whole: Boolean,
    states: [{ state: 'doing.lock', entered: 2, errors: 0, p95_ms: null }],
  })
  t.match(none.json(), { transitions: 0, states: [] })
  await stats('machine=commande&version=1')
  t.equal(reads, 1)
  for (const query of ['machine=stats', 'version=1', 'machine=a&version=1&x=1'])
    t.equal((await stats(query)).statusCode, 400, query)
})
