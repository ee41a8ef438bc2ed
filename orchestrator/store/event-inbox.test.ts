import t, { type Test } from 'tap'
import { v7 as newSagaId } from 'uuid'
import {
  nextOf,
  openJournal,
  ownAll,
  startOf,
  untilWaiting,
  type JournalDatabase,
} from '../../test/kit/journal-database.ts'
import type { SagaWrite } from '../engine/ports.ts'
import type { Acceptance, SentEvent } from './event-inbox.ts'

const COMMITTED = { kind: 'committed' }
const LOST = { kind: 'lost' }

async function open(t: Test) {
  const journal = await openJournal(t)
  const leases = await ownAll(journal)
  const [lease, other = lease] = leases
  return { ...journal, leases, lease, other }
}

async function started({ store }: JournalDatabase, write: SagaWrite): Promise<SagaWrite> {
  t.strictSame(await store.write([write]), [COMMITTED])
  return write
}

const sent = ({ sagaId }: { sagaId: string }, key: string, options: Partial<SentEvent> = {}): SentEvent => ({
  sagaId,
  key,
  fingerprint: `fingerprint of ${key}`,
  event: { type: key },
  max: 10,
  ...options,
})

function idOf(acceptance: Acceptance): string {
  if (acceptance.kind === 'accepted') return acceptance.id
  throw new Error(`not accepted: ${acceptance.kind}`)
}

const applied = (id: string) => [{ id, outcome: 'applied' } as const]
const ignored = (id: string) => [{ id, outcome: 'ignored' } as const]

t.test('what was accepted waits for the owner, the oldest first, over all partitions', async (t) => {
  const journal = await open(t)
  const { inbox, store, leases, lease, other } = journal
  const one = await started(journal, startOf(lease))
  const two = await started(journal, startOf(other))
  const ids = []
  for (const [saga, key] of [
    [two, 'A'],
    [one, 'B'],
    [two, 'C'],
    [one, 'D'],
  ] as const)
    ids.push(idOf(await inbox.accept(sent(saga, key, { event: { type: key, reason: ['why', null] } }))))
  const [a, b, c, d] = ids
  t.strictSame(await store.inbox(leases, 10), [
    { id: a, sagaId: two.sagaId, partition: other.partition, event: { type: 'A', reason: ['why', null] } },
    { id: b, sagaId: one.sagaId, partition: lease.partition, event: { type: 'B', reason: ['why', null] } },
    { id: c, sagaId: two.sagaId, partition: other.partition, event: { type: 'C', reason: ['why', null] } },
    { id: d, sagaId: one.sagaId, partition: lease.partition, event: { type: 'D', reason: ['why', null] } },
  ])
  t.strictSame(
    (await store.inbox(leases, 3)).map(({ id }) => id),
    [a, b, c],
  )
  t.strictSame(
    (await store.inbox([lease], 10)).map(({ id }) => id),
    [b, d],
    'of its own partitions only',
  )
})

t.test('an event that is sent again under its key is there once', async (t) => {
  const journal = await open(t)
  const { inbox, store, lease } = journal
  const saga = await started(journal, startOf(lease))
  const id = idOf(await inbox.accept(sent(saga, 'CANCEL')))
  t.strictSame(await inbox.accept(sent(saga, 'CANCEL')), { kind: 'repeated', id })
  t.strictSame(await inbox.accept(sent(saga, 'CANCEL', { fingerprint: 'other' })), { kind: 'key_reused' })
  t.equal((await store.inbox([lease], 10)).length, 1)
  const other = await started(journal, startOf(lease))
  t.match(await inbox.accept(sent(other, 'CANCEL')), { kind: 'accepted' }, 'another saga, another event')

  await store.write([{ ...nextOf(saga, 'failed', 'failed'), consumed: applied(id) }])
  t.strictSame(await inbox.accept(sent(saga, 'CANCEL')), { kind: 'repeated', id }, 'though it ended by that')
})

t.test('of two under one key at once, one is the repeated one', async (t) => {
  const journal = await open(t)
  const { inbox, pool, lease } = journal
  const saga = await started(journal, startOf(lease))
  const client = await pool.connect()
  await client.query('begin')
  const { rows } = await client.query<{ id: string }>(
    `insert into orchestrator.inbox (partition, saga_id, key, fingerprint, event)
     values ($1, $2, 'GO', 'fingerprint of GO', '{}') returning id`,
    [lease.partition, saga.sagaId],
  )
  const accepted = inbox.accept(sent(saga, 'GO'))
  await untilWaiting(pool, 1)
  await client.query('commit')
  client.release()
  t.strictSame(await accepted, { kind: 'repeated', id: rows[0]?.id })
})

t.test('a saga that nobody knows, or that has ended, gets no event', async (t) => {
  const journal = await open(t)
  const { inbox, store, leases, lease } = journal
  t.strictSame(await inbox.accept(sent({ sagaId: newSagaId() }, 'GO')), { kind: 'unknown_saga' })
  for (const status of ['done', 'failed'] as const) {
    const saga = await started(journal, startOf(lease, { status }))
    t.strictSame(await inbox.accept(sent(saga, 'GO')), { kind: 'ended' })
  }
  const parked = await started(journal, startOf(lease, { status: 'parked' }))
  const waits = await started(journal, { ...startOf(lease), wakeAt: 'on_event' })
  t.match(await inbox.accept(sent(parked, 'RETRY')), { kind: 'accepted' })
  t.match(await inbox.accept(sent(waits, 'GO')), { kind: 'accepted' })
  t.equal((await store.inbox(leases, 10)).length, 2)
})

t.test('no more than so many wait for one saga; answered ones make room', async (t) => {
  const journal = await open(t)
  const { inbox, store, lease } = journal
  const saga = await started(journal, startOf(lease))
  const first = idOf(await inbox.accept(sent(saga, 'A', { max: 2 })))
  await inbox.accept(sent(saga, 'B', { max: 2 }))
  t.strictSame(await inbox.accept(sent(saga, 'C', { max: 2 })), { kind: 'full' })
  t.match(await inbox.accept(sent(saga, 'B', { max: 2 })), { kind: 'repeated' }, 'what is in, is in')
  const other = await started(journal, startOf(lease))
  t.match(await inbox.accept(sent(other, 'A', { max: 2 })), { kind: 'accepted' })
  await store.write([{ ...nextOf(saga), consumed: applied(first) }])
  t.match(await inbox.accept(sent(saga, 'C', { max: 2 })), { kind: 'accepted' })
})

t.test('an event is answered in the commit of its transition, and not without it', async (t) => {
  const journal = await open(t)
  const { inbox, store, lease } = journal
  const saga = await started(journal, startOf(lease))
  const [a, b] = [idOf(await inbox.accept(sent(saga, 'A'))), idOf(await inbox.accept(sent(saga, 'B')))]
  const stale = { ...nextOf(nextOf(saga)), consumed: applied(a) }
  t.strictSame(await store.write([stale]), [LOST])
  t.strictSame(
    await inbox.outcomes([a, b]),
    new Map([
      [a, 'pending'],
      [b, 'pending'],
    ]),
  )
  t.strictSame(await store.write([{ ...nextOf(saga), consumed: [...applied(a), ...ignored(b)] }]), [
    COMMITTED,
  ])
  t.strictSame(
    await inbox.outcomes([a, b, '999']),
    new Map([
      [a, 'applied'],
      [b, 'ignored'],
    ]),
  )
  t.strictSame(await store.inbox([lease], 10), [])
})

t.test('one batch answers events of many sagas, beside writes that answer none', async (t) => {
  const journal = await open(t)
  const { inbox, store, leases } = journal
  const sagas = leases.map((lease) => startOf(lease))
  await store.write(sagas)
  const ids = await Promise.all(sagas.map(async (saga) => idOf(await inbox.accept(sent(saga, 'GO')))))
  const writes = sagas.map((saga, at) => ({
    ...nextOf(saga),
    consumed: at % 2 === 0 ? applied(ids[at] ?? '') : [],
  }))
  t.ok((await store.write(writes)).every(({ kind }) => kind === 'committed'))
  const pending = await store.inbox(leases, 1_000)
  t.strictSame(pending.map(({ id }) => id).sort(), ids.filter((_, at) => at % 2 === 1).sort())
})

t.test('an event that was read once more before its answer is not applied again', async (t) => {
  const journal = await open(t)
  const { inbox, store, reader, lease } = journal
  const saga = await started(journal, startOf(lease))
  const bystander = await started(journal, startOf(lease))
  const id = idOf(await inbox.accept(sent(saga, 'GO')))
  const first = { ...nextOf(saga), consumed: applied(id) }
  t.strictSame(await store.write([first]), [COMMITTED])
  const again = { ...nextOf(first), consumed: applied(id) }
  t.strictSame(await store.write([again, nextOf(bystander)]), [LOST, COMMITTED])
  t.match(await reader.byId(saga.sagaId), { seq: 1 })
  t.strictSame(await store.write([first]), [COMMITTED], 'the same write again is no second application')
})

t.test(
  'an event that nobody listened to is answered without a transition, as often as that is written',
  async (t) => {
    const journal = await open(t)
    const { inbox, store, reader, lease } = journal
    const saga = await started(journal, startOf(lease))
    const id = idOf(await inbox.accept(sent(saga, 'GO')))
    const deaf = { ...nextOf(saga, 'doing.lock'), transitions: [], consumed: ignored(id) }
    t.strictSame(await store.write([deaf]), [COMMITTED])
    t.strictSame(await store.write([deaf]), [COMMITTED])
    t.strictSame(await inbox.outcomes([id]), new Map([[id, 'ignored']]))
    t.match(await reader.byId(saga.sagaId), { seq: 0 })

    const late = idOf(await inbox.accept(sent(saga, 'LATE')))
    await ownAll(journal, 'second owner')
    t.strictSame(await store.write([{ ...deaf, consumed: ignored(late) }]), [LOST])
    t.strictSame(await inbox.outcomes([late]), new Map([[late, 'pending']]))
  },
)

t.test('an answer stays as it was first given', async (t) => {
  const journal = await open(t)
  const { inbox, store, lease } = journal
  const saga = await started(journal, startOf(lease))
  const id = idOf(await inbox.accept(sent(saga, 'GO')))
  const first = { ...nextOf(saga), consumed: applied(id) }
  await store.write([first])
  await store.write([{ ...nextOf(first), transitions: [], fromSeq: 1, consumed: ignored(id) }])
  t.strictSame(await inbox.outcomes([id]), new Map([[id, 'applied']]))
})

t.test('events of sagas that have ended are dismissed, by their owner only', async (t) => {
  const journal = await open(t)
  const { inbox, store, lease, other } = journal
  const [ended, alive] = [await started(journal, startOf(lease)), await started(journal, startOf(lease))]
  const [late, early] = [
    idOf(await inbox.accept(sent(ended, 'GO'))),
    idOf(await inbox.accept(sent(alive, 'GO'))),
  ]
  await store.write([nextOf(ended, 'done', 'done')])
  const outcomes = async () => {
    const became = await inbox.outcomes([late, early])
    return [became.get(late), became.get(early)]
  }
  await store.dismiss([other], [late, early])
  await store.dismiss([{ ...lease, epoch: lease.epoch - 1 }], [late, early])
  t.strictSame(await outcomes(), ['pending', 'pending'])
  await store.dismiss([lease, other], [late, early])
  t.strictSame(await outcomes(), ['ignored', 'pending'])
})
