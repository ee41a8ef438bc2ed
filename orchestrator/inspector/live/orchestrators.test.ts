import getPort from 'get-port'
import t from 'tap'
import { freshDatabase } from '../../../test/kit/database.ts'
import { depot } from '../../../test/kit/depot.ts'
import { startDepotProcess } from '../../../test/kit/depot-process.ts'
import { openEventStream, type EventStream } from '../../../test/kit/event-stream.ts'
import { http } from '../../../test/kit/http.ts'
import { startOrchestratorAt } from '../../../test/kit/orchestrators.ts'
import { ServiceProcess } from '../../../test/kit/service-process.ts'
import { tellBy } from '../../../test/kit/told-again.ts'
import { until } from '../../../test/kit/until.ts'

const PATH = '/inspector/api/live'
const NOWHERE = 'http://127.0.0.1:1'

interface Row {
  readonly saga_id: string
  readonly seq: number
  readonly state: string
}
interface Moved {
  readonly sagas: readonly Row[]
}

const rowsOf = ({ events }: EventStream) =>
  events.flatMap(({ event, data }) => (event === 'moved' ? (data as Moved).sagas : []))

const stands = (sagaId: string, state: string) => (moved: Moved) =>
  moved.sagas.some((row) => row.saga_id === sagaId && row.state === state)

/** A depot that waits until it is cancelled. */
async function open(url: string): Promise<string> {
  const headers = { prefer: 'respond-async' }
  const json = { name: 'north', waits: true }
  const { statusCode, body } = await http.post<{ saga_id: string }>(`${url}/api/sagas/depot`, {
    json,
    headers,
  })
  if (statusCode !== 202) throw new Error(`a depot was answered ${statusCode}`)
  return body.saga_id
}

async function cancel(url: string, sagaId: string): Promise<void> {
  const { statusCode } = await http.post(`${url}/api/sagas/${sagaId}/events`, { json: { type: 'CANCEL' } })
  if (statusCode !== 200) throw new Error(`a cancel was answered ${statusCode}`)
}

t.test('a viewer at one orchestrator sees what another one drives, until its own ends', async (t) => {
  const { url: databaseUrl } = await freshDatabase(t)
  const seams = { machines: [depot()] }
  const a = await startOrchestratorAt(t, { databaseUrl, name: 'a', seams })
  const b = await startOrchestratorAt(t, { databaseUrl, name: 'b', seams })
  await until('b has its share', async () => (await b.metric('skald_partitions_held')) === 32)
  const [atA, atB] = [await openEventStream(t, a.url + PATH), await openEventStream(t, b.url + PATH)]
  await Promise.all([atA.next('moved'), atB.next('moved')])
  for (const at of [a, b]) {
    const sagaId = await open(at.url)
    await Promise.all([atA, atB].map((stream) => stream.next('moved', stands(sagaId, 'waiting'))))
    await cancel(at.url, sagaId)
    await Promise.all([atA, atB].map((stream) => stream.next('moved', stands(sagaId, 'FAILED'))))
  }
  await a.close()
  await until('the end of streams at a', async () => atA.isEnded())
  t.notOk(atB.isEnded())
  const sagaId = await open(b.url)
  const back = await openEventStream(t, b.url + PATH, { 'last-event-id': atA.lastId() })
  await back.next('moved', stands(sagaId, 'waiting'))
})

t.test(
  'kill -9 behind a stream: its client goes on at another orchestrator with what it missed',
  async (t) => {
    const { url: databaseUrl } = await freshDatabase(t)
    tellBy(databaseUrl, [depot()])
    const portOfB = String(await getPort({ host: '127.0.0.1' }))
    const settings = { DATABASE_URL: databaseUrl, CARTS_URL: NOWHERE }
    const a = await startDepotProcess(t, { ...settings, ORCHESTRATOR_ID: 'a' })
    const urls = `${a.url},http://127.0.0.1:${portOfB}`
    // Nobody asks for them; only the gateway, whether they are ready.
    const participants = { CARTS_URL: a.url, STOCKS_URL: a.url, PRODUITS_URL: a.url }
    const gateway = await ServiceProcess.start(t, 'gateway', { ...participants, ORCHESTRATOR_URLS: urls })
    const first = await openEventStream(t, gateway.url + PATH)
    await first.next('moved')
    const b = await startDepotProcess(t, { ...settings, ORCHESTRATOR_ID: 'b', PORT: portOfB })
    await until('b has sagas to drive', async () => (await http.get(`${b.url}/readyz`)).statusCode === 200)
    const sagaIds: string[] = []
    const openSome = async () => {
      for (let time = 0; time < 10; time += 1) sagaIds.push(await open(b.url))
    }
    await openSome()
    await first.next('moved', stands(sagaIds.at(-1) ?? '', 'waiting'))
    const opening = openSome()
    await a.kill()
    await opening
    await until('the end of the stream', async () => first.isEnded())
    await openSome()
    const second = await openEventStream(t, gateway.url + PATH, { 'last-event-id': first.lastId() })
    t.equal(second.response.statusCode, 200)
    await openSome()
    await second.next('moved', stands(sagaIds.at(-1) ?? '', 'waiting'))
    const told = [...rowsOf(first), ...rowsOf(second)]
    t.notOk(second.events.some(({ event }) => event === 'again'))
    for (const sagaId of sagaIds) {
      const { body } = await http.get<Row>(`${b.url}/api/sagas/${sagaId}`)
      const ofSaga = told.filter(({ saga_id }) => saga_id === sagaId)
      t.equal(ofSaga.at(-1)?.seq, body.seq, 'as it stands')
      const seqs = ofSaga.map(({ seq }) => seq)
      // One that moved while somebody caught up may be told again as it was (ADR 30); nothing ever goes back.
      t.strictSame(
        seqs.toSorted((x, y) => x - y),
        seqs,
        'in their order',
      )
    }
  },
)
