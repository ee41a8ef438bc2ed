import t from 'tap'
import { v7 as newSagaId } from 'uuid'
import { nextOf, openJournal, ownAll, startOf, type StartOptions } from '../../test/kit/journal-database.ts'
import type { SagaFilter } from './saga-filter.ts'

const journal = await openJournal(t)
const { store, reader } = journal
const leases = await ownAll(journal)
let made = 0

/** Starts sagas, the oldest first, in partitions of their own; resolves with their ids. */
async function start(...sagas: StartOptions[]): Promise<string[]> {
  const ids: string[] = []
  for (const options of sagas) {
    const lease = leases[made++ % leases.length]
    if (lease === undefined) throw new Error('there are no partitions')
    const write = startOf(lease, options)
    await store.write([write])
    ids.push(write.sagaId)
  }
  return ids
}

async function idsOf(filter: SagaFilter, page: { before?: string; limit?: number } = {}): Promise<string[]> {
  return (await reader.list(filter, { limit: 100, ...page })).map(({ sagaId }) => sagaId)
}

t.test('a list is filtered by machine, status and state, and all of them together', async (t) => {
  const [lock, reserve, undoing, done, other] = await start(
    { state: 'doing.lock' },
    { state: 'doing.reserve' },
    { state: 'undoing.lock', status: 'compensating' },
    { state: 'done', status: 'done' },
    { state: 'doing.lock', machine: 'retour' },
  )
  t.strictSame(await idsOf({ machine: 'commande' }), [done, undoing, reserve, lock])
  t.strictSame(await idsOf({ machine: 'retour' }), [other])
  t.strictSame(await idsOf({ machine: 'nothing' }), [])
  t.strictSame(await idsOf({ status: 'compensating' }), [undoing])
  t.strictSame(await idsOf({ state: 'doing.lock' }), [other, lock])
  t.strictSame(await idsOf({ state: 'doing' }), [other, reserve, lock], 'a state holds its inner ones')
  t.strictSame(await idsOf({ state: 'do' }), [], 'but a prefix of its name is another state')
  t.strictSame(await idsOf({ state: 'doing.%' }), [], 'and there are no wildcards')
  t.strictSame(await idsOf({ state: 'doing', machine: 'commande', status: 'running' }), [reserve, lock])
})

t.test('q finds a saga by its id, however written, and by the beginning of its business key', async (t) => {
  const cart = newSagaId()
  const [one = '', two, longer] = await start(
    { businessKey: cart },
    { businessKey: cart },
    { businessKey: `${cart}0` },
  )
  t.strictSame(await idsOf({ q: cart }), [longer, two, one])
  t.strictSame(await idsOf({ q: `${cart}0` }), [longer])
  t.strictSame(await idsOf({ q: cart.slice(1) }), [], 'not by its middle')
  t.strictSame(await idsOf({ q: one }), [one])
  t.strictSame(await idsOf({ q: one.toUpperCase() }), [one])
  t.strictSame(await idsOf({ q: newSagaId() }), [])
  t.strictSame(await idsOf({ q: "' or true --" }), [])
})

t.test('pages follow each other without a gap, the newest first, though newer ones come in', async (t) => {
  const machine = 'paged'
  const ids = await start(...Array.from({ length: 7 }, () => ({ machine })))
  const newest = ids.toReversed()
  const first = await idsOf({ machine }, { limit: 3 })
  t.strictSame(first, newest.slice(0, 3))
  await start({ machine })
  const second = await idsOf({ machine }, { limit: 3, before: newest[2] ?? '' })
  t.strictSame(second, newest.slice(3, 6))
  t.strictSame(await idsOf({ machine }, { limit: 3, before: newest[5] ?? '' }), newest.slice(6))
  t.strictSame(await idsOf({ machine }, { limit: 3, before: newest[6] ?? '' }), [])
})

t.test('a saga is shown as its last transition left it', async (t) => {
  const [lease] = leases
  const first = startOf(lease, { businessKey: 'cart' })
  const second = nextOf(first, 'undoing.lock', 'compensating')
  await store.write([first])
  const before = await reader.byId(first.sagaId)
  await store.write([second])
  const after = await reader.byId(first.sagaId)
  t.match(after, {
    sagaId: first.sagaId,
    machine: 'commande',
    status: 'compensating',
    state: 'undoing.lock',
    seq: 1,
    input: { cart_id: 'cart' },
    problem: null,
    snapshot: { context: { seq: 1 } },
  })
  t.strictSame(after?.createdAt, before?.createdAt)
  t.ok(after && before && after.updatedAt > before.updatedAt)
  t.equal(await reader.byId(newSagaId()), undefined)
})

t.test('the journal can be read from anywhere on, so many rows at a time', async (t) => {
  const [lease] = leases
  let write = startOf(lease)
  const { sagaId } = write
  await store.write([write])
  for (let seq = 1; seq < 5; seq++) {
    write = nextOf(write)
    await store.write([write])
  }
  const seqs = async (fromSeq: number, limit: number) =>
    (await reader.transitions(sagaId, { fromSeq, limit })).map(({ seq }) => seq)
  t.strictSame(await seqs(0, 10), [0, 1, 2, 3, 4])
  t.strictSame(await seqs(1, 2), [1, 2])
  t.strictSame(await seqs(5, 10), [])
  t.strictSame(await reader.transitions(newSagaId(), { fromSeq: 0, limit: 10 }), [])
  t.strictSame(await reader.events(newSagaId()), [])
})

t.test('how sagas stand is told of many at once, with what the ended ones put out', async (t) => {
  const [lease] = leases
  const running = startOf(lease)
  const ended = startOf(lease, { status: 'done', state: 'done' })
  const output = { vente_id: 7, lignes: [null] }
  const transitions = ended.transitions.map((row) => ({ ...row, snapshot: JSON.stringify({ output }) }))
  await store.write([running, { ...ended, transitions }])
  t.strictSame(
    await reader.standings([running.sagaId, ended.sagaId, newSagaId()]),
    new Map([
      [running.sagaId, { status: 'running', output: undefined }],
      [ended.sagaId, { status: 'done', output }],
    ]),
  )
  t.strictSame(await reader.standings([]), new Map())
})
