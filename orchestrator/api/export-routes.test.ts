import { Readable } from 'node:stream'
import got from 'got'
import t from 'tap'
import { v7 as newSagaId } from 'uuid'
import { machines } from '../../machines/registry.ts'
import { http } from '../../test/kit/http.ts'
import { startSystem } from '../../test/kit/system.ts'
import { ReplayMachines } from '../engine/replay/machines.ts'
import { firstDifference } from '../engine/replay/replay.ts'
import { readSagaFiles } from '../saga-file/read-saga-files.ts'
import { journalOf, type SagaFile } from '../saga-file/saga-file.ts'

const system = await startSystem(t)
const { shop, orchestrator } = system
await shop.setStock(1_000)

const at = (path: string) => `${orchestrator.url}${path}`

async function ordered(quantite = 1): Promise<string> {
  return (await shop.order(await shop.cart(quantite))).body.saga_id
}

const exported = async (sagaId: string) => (await http.get<SagaFile>(at(`/api/sagas/${sagaId}/export`))).body

async function stream(query: string): Promise<SagaFile[]> {
  const { body, statusCode, headers } = await http.get(at(`/api/export?${query}`), { responseType: 'text' })
  t.equal(statusCode, 200)
  t.equal(headers['content-type'], 'application/x-ndjson')
  if (body === '') return []
  return Readable.from(readSagaFiles(Readable.from([body]))).toArray() as Promise<SagaFile[]>
}

const ids = (files: SagaFile[]) => files.map(({ saga }) => saga.saga_id)

t.test('a saga is exported with what its participants noted, and is told again from that', async (t) => {
  const sagaId = await ordered()
  const file = await exported(sagaId)
  t.match(file, {
    format: 'skald-saga/1',
    saga: { saga_id: sagaId, machine: 'commande', status: 'done' },
    definition: { id: 'commande', version: file.saga.version, hash: /^[0-9a-f]{64}$/ },
    service_events: {
      carts: [{ action: 'LOCK_CART', outcome: 'SUCCESS' }],
      stocks: [{ action: 'CREATE_RESERVATION' }],
      produits: [{ action: 'CREATE_VENTE' }],
    },
  })
  t.same(
    file.events.map(({ type }) => type),
    await shop.events(sagaId),
  )
  const { saga, events } = file
  const journal = { saga, rows: journalOf(file), events }
  t.equal(firstDifference(journal, { machines: new ReplayMachines(machines) }), undefined)
})

t.test('the service events of a saga that was undone are the oldest first', async (t) => {
  const sagaId = await ordered(5_000)
  const { service_events } = await exported(sagaId)
  t.match(service_events, { carts: [{ action: 'LOCK_CART' }, { action: 'UNLOCK_CART' }] })
})

t.test('a participant that is down keeps nobody from an export', async (t) => {
  const sagaId = await ordered()
  await system.stocks.stop()
  t.teardown(() => system.stocks.start())
  const { service_events } = await exported(sagaId)
  t.match(service_events, { carts: [{}], stocks: { error: /ECONNREFUSED/ }, produits: [{}] })
})

t.test('what is not there is not exported', async (t) => {
  const { statusCode, body } = await http.get<{ code: string }>(at(`/api/sagas/${newSagaId()}/export`))
  t.equal(statusCode, 404)
  t.equal(body.code, 'saga_inconnue')
})

t.test('many sagas come one a line, newest first, as the filter says', async (t) => {
  const done = [await ordered(), await ordered(), await ordered()].toReversed()
  const failed = await ordered(5_000)
  t.same(ids(await stream('limit=4')), [failed, ...done])
  t.same(ids(await stream('limit=2&status=done')), done.slice(0, 2))
  const cursor = Buffer.from(done[0] ?? '').toString('base64url')
  t.same(ids(await stream(`limit=2&status=done&cursor=${cursor}`)), done.slice(1))
  t.same(ids(await stream('machine=nothing')), [])
  const all = await stream('')
  t.ok(all.length >= 7)
  t.same(ids(all), ids(all).toSorted().toReversed())
  t.ok(all.every(({ definition, service_events }) => definition !== null && service_events === null))
  t.ok((await stream('definition=false')).every(({ definition }) => definition === null))
  const wrong = await http.get<{ code: string }>(at('/api/export?cursor=none'))
  t.equal(wrong.statusCode, 400)
})

t.test('a caller that goes away is no harm', async (t) => {
  const gone = got.stream(at('/api/export'))
  await new Promise((resolve) => gone.once('data', resolve))
  gone.destroy()
  t.equal((await stream('limit=1')).length, 1)
})
