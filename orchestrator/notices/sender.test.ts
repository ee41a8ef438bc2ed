// Notices on a real database, told to a real server, without orchestrators.
import t, { type Test } from 'tap'
import {
  openJournal,
  ownAll,
  startOf,
  nextOf,
  type JournalDatabase,
} from '../../test/kit/journal-database.ts'
import { openReceiver, SECRET, type Behaviour, type Receiver } from '../../test/kit/receiver.ts'
import { until } from '../../test/kit/until.ts'
import type { HeldLease } from '../engine/host-options.ts'
import type { Lease, SagaWrite } from '../engine/ports.ts'
import { NoticeStore } from '../store/notice-store.ts'
import { NoticeSender, type NoticeSenderOptions } from './sender.ts'
import { Webhook } from './webhook.ts'

const TIMEOUT_MS = 300

interface Stage extends JournalDatabase {
  readonly lease: Lease
  readonly notices: NoticeStore
  readonly receiver: Receiver
}

async function stage(t: Test, behaves?: Behaviour): Promise<Stage> {
  const journal = await openJournal(t)
  const [lease] = await ownAll(journal)
  const receiver = await openReceiver(t, behaves)
  return { ...journal, lease, receiver, notices: new NoticeStore(journal.pool) }
}

type Held = { partition: number; epoch: number; isLive: boolean }
const hold = (lease: Lease): Held => ({ ...lease, isLive: true })

function startSender(
  t: Test,
  { notices, receiver }: Pick<Stage, 'notices' | 'receiver'>,
  leases: readonly HeldLease[],
  more: Partial<NoticeSenderOptions> & { readonly url?: string } = {},
) {
  const { url = receiver.url, ...options } = more
  const sender = new NoticeSender({
    store: notices,
    webhook: new Webhook({ url, secret: SECRET, timeoutMs: TIMEOUT_MS, now: Date.now }),
    leases: () => leases.filter(({ isLive }) => isLive),
    random: () => 0,
    onTold: () => undefined,
    onTrouble: () => undefined,
    ...options,
  })
  sender.start()
  t.teardown(() => sender.close(0))
  return sender
}

/** A saga that tells of its start. */
function telling(lease: Lease, kind: 'parked' | 'failed' = 'parked'): SagaWrite {
  return noticed(startOf(lease), kind)
}

function noticed(write: SagaWrite, kind: 'parked' | 'failed'): SagaWrite {
  const seq = write.fromSeq + write.transitions.length
  const { sagaId: saga_id } = write
  return { ...write, notice: { kind, seq, payload: { kind, saga_id, seq, at: '2026-01-01T00:00:00.000Z' } } }
}

const waiting = async ({ db }: Stage) =>
  await db.selectFrom('notice').select(['saga_id', 'seq', 'tries', 'last_error']).orderBy('seq').execute()
const untilTold = (at: Stage) => until('all are told', async () => (await waiting(at)).length === 0)
const makeDue = ({ pool }: Stage) => pool.query('update orchestrator.notice set next_try_at = now()')

t.test('what was committed is told, signed, and struck out', async (t) => {
  const at = await stage(t)
  const write = telling(at.lease)
  await at.store.write([write])
  startSender(t, at, [hold(at.lease)])
  await untilTold(at)
  t.equal(at.receiver.forged, 0)
  t.match(at.receiver.heard, [
    {
      id: new RegExp(`^notice_${write.sagaId}_0_parked_[0-9a-f]{8}$`),
      type: 'saga.parked',
      timestamp: '2026-01-01T00:00:00.000Z',
      data: { kind: 'parked', saga_id: write.sagaId, seq: 0 },
    },
  ])
})

const rootOf = ({ sagaId }: SagaWrite) => sagaId.replaceAll('-', '').slice(16)

t.test('the trace of the saga goes with it, its caller’s or its own', async (t) => {
  const at = await stage(t)
  const caller = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'
  const mine = noticed(startOf(at.lease, { trace: `${caller};k=v` }), 'failed')
  const own = telling(at.lease)
  await at.store.write([mine, own])
  startSender(t, at, [hold(at.lease)])
  await untilTold(at)
  const heardOf = ({ sagaId }: SagaWrite) => at.receiver.heard.find(({ data }) => data.saga_id === sagaId)
  t.match(heardOf(mine), {
    traceparent: `00-0af7651916cd43dd8448eb211c80319c-${rootOf(mine)}-00`,
    tracestate: 'k=v',
  })
  t.match(heardOf(own), { traceparent: `00-${own.sagaId.replaceAll('-', '')}-${rootOf(own)}-01` })
  t.equal(heardOf(own)?.tracestate, undefined)
})

t.test('a commit that does not match leaves no notice', async (t) => {
  const at = await stage(t)
  const { partition, epoch } = at.lease
  const [outcome] = await at.store.write([telling({ partition, epoch: epoch - 1 })])
  t.match(outcome, { kind: 'lost' })
  const unstorable = { kind: 'parked', seq: 0, payload: { text: '\u0000' } } as const
  const [refused] = await at.store.write([{ ...startOf(at.lease), notice: unstorable }])
  t.match(refused, { kind: 'refused' }, 'nobody could read it in SQL')
  t.strictSame(await waiting(at), [])
  t.strictSame(await at.db.selectFrom('saga').select('saga_id').execute(), [])
})

t.test('a receiver that is down, slow or broken hears it when it is back, under one id', async (t) => {
  const at = await stage(t)
  const nowhere = 'http://127.0.0.1:1/'
  await at.store.write([telling(at.lease)])
  const leases = [hold(at.lease)]
  const deaf = startSender(t, at, leases, { url: nowhere })
  await until('it was told in vain', async () => (await waiting(at))[0]?.tries === 1)
  t.equal((await waiting(at))[0]?.last_error, 'ECONNREFUSED')
  await deaf.close(0)

  startSender(t, at, leases)
  const tries: [Behaviour, string][] = [
    [() => 500, 'HTTP 500'],
    [() => 'silence', 'ETIMEDOUT'],
    [() => 302, 'HTTP 302'],
    [() => 429, 'HTTP 429'],
  ]
  for (const [behaves, error] of tries) {
    at.receiver.behaves = behaves
    await makeDue(at)
    await until(error, async () => (await waiting(at))[0]?.last_error === error)
  }
  at.receiver.behaves = () => 200
  await makeDue(at)
  await untilTold(at)
  t.ok(at.receiver.heard.length > tries.length)
  t.equal(new Set(at.receiver.heard.map(({ id }) => id)).size, 1)
  t.equal(at.receiver.forged, 0)
})

t.test('each try in vain makes the next one later, by the clock of the database', async (t) => {
  const at = await stage(t, () => 500)
  await at.store.write([telling(at.lease)])
  await at.pool.query('update orchestrator.notice set tries = 5')
  startSender(t, at, [hold(at.lease)])
  await until('it was told in vain', async () => (await waiting(at))[0]?.tries === 6)
  const { rows } = await at.pool.query<{ s: number }>(
    'select extract(epoch from next_try_at - now())::float8 as s from orchestrator.notice',
  )
  t.ok((rows[0]?.s ?? 0) > 10, '2^5 seconds, halved by the jitter')
})

t.test('those of one saga are told in order, and one that fails holds back no other saga', async (t) => {
  const at = await stage(t)
  const first = telling(at.lease)
  const second = noticed(nextOf(first), 'failed')
  const other = telling(at.lease)
  await at.store.write([first])
  await at.store.write([second])
  await at.store.write([other])
  at.receiver.behaves = ({ data }) => (data.saga_id === first.sagaId ? 503 : 204)
  startSender(t, at, [hold(at.lease)])
  await until('the other is told', async () =>
    (await waiting(at)).every(({ saga_id }) => saga_id !== other.sagaId),
  )
  await until('the first is told in vain', async () => ((await waiting(at))[0]?.tries ?? 0) > 1)
  t.notOk(
    at.receiver.heard.some(({ type }) => type === 'saga.failed'),
    'the second waits behind the first',
  )
  at.receiver.behaves = () => 204
  await makeDue(at)
  await untilTold(at)
  const mine = at.receiver.heard.filter(({ data }) => data.saga_id === first.sagaId)
  t.match(mine.at(-2), { type: 'saga.parked' })
  t.match(mine.at(-1), { type: 'saga.failed' })
})

t.test('a receiver that says no to one holds back nothing, not even of that saga', async (t) => {
  const at = await stage(t)
  const first = telling(at.lease)
  await at.store.write([first])
  await at.store.write([noticed(nextOf(first), 'failed')])
  for (let n = 0; n < 30; n++) await at.store.write([telling(at.lease)])
  at.receiver.behaves = ({ type }) => (type === 'saga.parked' ? 410 : 204)
  startSender(t, at, [hold(at.lease)])
  await until('what it takes is told', async () => (await waiting(at)).every(({ tries }) => tries > 0))
  t.equal((await waiting(at)).length, 31)
  t.ok(at.receiver.heard.some(({ type }) => type === 'saga.failed'))
  at.receiver.behaves = () => 204
  await makeDue(at)
  await untilTold(at)
})

t.test('many are told by a bounded number of calls', async (t) => {
  const at = await stage(t)
  const writes = Array.from({ length: 200 }, () => telling(at.lease))
  for (let from = 0; from < 200; from += 50) await at.store.write(writes.slice(from, from + 50))
  let open = 0
  let most = 0
  const webhook = new Webhook({ url: at.receiver.url, secret: SECRET, timeoutMs: 10_000, now: Date.now })
  const counted = {
    async tell(...args: Parameters<Webhook['tell']>) {
      most = Math.max(most, ++open)
      try {
        return await webhook.tell(...args)
      } finally {
        open -= 1
      }
    },
    close: () => webhook.close(),
  }
  startSender(t, at, [hold(at.lease)], { webhook: counted })
  await untilTold(at)
  t.equal(most, 8)
  t.equal(new Set(at.receiver.heard.map(({ id }) => id)).size, 200)
})

t.test('whoever loses its lease hangs up, strikes nothing out, and the next owner tells it', async (t) => {
  const at = await stage(t, () => 'silence')
  await at.store.write([telling(at.lease)])
  const lease = hold(at.lease)
  const told: string[] = []
  const webhook = new Webhook({ url: at.receiver.url, secret: SECRET, timeoutMs: 60_000, now: Date.now })
  startSender(t, at, [lease], { webhook, onTold: (outcome) => told.push(outcome) })
  await until('it is being told', async () => at.receiver.heard.length === 1)
  const [notice] = await at.notices.due([at.lease], 1)
  if (notice === undefined) throw new Error('it is gone')
  const [newer] = await ownAll(at, 'next')
  lease.isLive = false
  await until('the first has hung up', async () => at.receiver.hungUp === 1)
  await at.notices.delivered(notice, at.lease)
  await at.notices.failed(notice, at.lease, { error: 'x', delayMs: 1_000_000, isRefused: true })
  t.match(await waiting(at), [{ tries: 0, last_error: null }])
  t.strictSame(await at.notices.due([at.lease], 1), [])
  at.receiver.behaves = () => 204
  startSender(t, at, [hold(newer)])
  await untilTold(at)
  t.equal(at.receiver.heard[0]?.id, at.receiver.heard[1]?.id)
  t.strictSame(told, [], 'the first never heard what became of its call')
})

t.test('another problem at the same place is another notice, though the first is being told', async (t) => {
  const at = await stage(t)
  const write = telling(at.lease)
  await at.store.write([write])
  const [notice] = await at.notices.due([at.lease], 1)
  if (notice === undefined) throw new Error('it is gone')
  const again = {
    ...nextOf(write),
    transitions: [],
    notice: write.notice && { ...write.notice, payload: { at: '', kind: 'other' } },
  }
  await at.store.write([again])
  await at.notices.delivered(notice, at.lease)
  t.match(await waiting(at), [{ seq: 0 }], 'what was told is not what is there now')
})

t.test('a sender that ends lets its calls end, or hangs up when they take too long', async (t) => {
  const at = await stage(t, () => 'silence')
  await at.store.write([telling(at.lease)])
  const webhook = new Webhook({ url: at.receiver.url, secret: SECRET, timeoutMs: 60_000, now: Date.now })
  const sender = startSender(t, at, [hold(at.lease)], { webhook })
  await until('it is being told', async () => at.receiver.heard.length === 1)
  await sender.close(50)
  t.match(await waiting(at), [{ tries: 0 }])

  const quick = startSender(t, at, [hold(at.lease)])
  const answered = Promise.withResolvers<void>()
  at.receiver.behaves = () => {
    answered.resolve()
    return 204
  }
  await answered.promise
  await quick.close(60_000)
  t.strictSame(await waiting(at), [])
})
