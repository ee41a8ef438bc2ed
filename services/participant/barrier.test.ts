import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Transaction } from 'kysely'
import t from 'tap'
import type { Test } from 'tap'
import { openSchema } from '../../migrations/database.ts'
import { freshDatabase } from '../../test/kit/database.ts'
import { performAction, performCompensation, refusal } from './barrier.ts'
import type { Answer } from './barrier.ts'
import type { Call } from './call.ts'

type NoTables = Record<string, never>

/** A participant whose only business is a list of effects. */
async function started(t: Pick<Test, 'teardown'>) {
  const { db, pool, close } = await openSchema<NoTables>({
    ...(await freshDatabase(t)),
    schema: 'carts',
    migrations: new URL('../../migrations/carts/', import.meta.url),
    poolMax: 10,
    applicationName: 'test',
  })
  t.teardown(close)
  await pool.query('create table effect (id bigint generated always as identity, name text not null)')
  const participant = { schema: 'carts', db }

  const leave = (name: string) => async (trx: Transaction<NoTables>) => {
    await sql`insert into effect (name) values (${name})`.execute(trx)
    return { status: name === 'done' ? 200 : 204, body: { effect: name }, detail: { effect: name } }
  }
  return {
    pool,
    act: (call: Call, decide: (trx: Transaction<NoTables>) => Promise<Answer> = leave('done')) =>
      performAction(participant, call, 'ACT', decide),
    compensate: (call: Call, undo: (trx: Transaction<NoTables>) => Promise<Answer> = leave('undone')) =>
      performCompensation(participant, call, 'UNDO', { plain: leave('plain'), undo }),
    leave,
    effects: async () => {
      return (await pool.query<{ name: string }>('select name from effect order by id')).rows.map(
        ({ name }) => name,
      )
    },
    events: async () => {
      const { rows } = await pool.query<{ event: string }>(
        `select action || ' ' || outcome as event from carts.service_event order by id`,
      )
      return rows.map(({ event }) => event)
    },
  }
}

function callOf(sagaId: string = randomUUID(), fingerprint = 'the request'): Call {
  return { correlationId: sagaId, step: { sagaId, name: 'step' }, fingerprint }
}

/** A signal that one side gives and the other awaits. */
function signal() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { given: promise, give: resolve }
}

/** Resolves when `count` connections to this database wait for a lock; fails after ten seconds. */
async function waitingForLock(pool: Awaited<ReturnType<typeof started>>['pool'], count = 1): Promise<void> {
  const givingUpAt = Date.now() + 10_000
  for (;;) {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (rowCount === count) return
    if (Date.now() > givingUpAt) throw new Error(`${rowCount} wait for a lock, not ${count}`)
    await delay(5)
  }
}

t.test('an action that comes again is answered again and done once', async (t) => {
  const { act, effects, events } = await started(t)
  const call = callOf()
  const first = await act(call)
  const second = await act(call)
  t.match(first, { status: 200, body: { effect: 'done' } })
  t.strictSame([second.status, second.body], [first.status, first.body])
  t.strictSame(await effects(), ['done'])
  t.strictSame(await events(), ['ACT SUCCESS'])
})

t.test('a step that comes again with another request is refused and not done', async (t) => {
  const { act, effects, events } = await started(t)
  const sagaId = randomUUID()
  await act(callOf(sagaId))
  t.match(await act(callOf(sagaId, 'another request')), { status: 422, body: { code: 'cle_reutilisee' } })
  t.strictSame(await effects(), ['done'])
  t.strictSame(await events(), ['ACT SUCCESS'])
})

t.test('the refusal of an action is repeated, and leaves nothing to undo', async (t) => {
  const { act, compensate, effects, events } = await started(t)
  const call = callOf()
  const first = await act(call, async () => refusal(409, 'refus', 'No.'))
  const second = await act(call)
  t.match(first, { status: 409, body: { code: 'refus' } })
  t.strictSame([second.status, second.body], [first.status, first.body])
  t.match(await compensate(call), { status: 204, detail: { nothing_to_undo: 'the action was refused' } })
  t.strictSame(await effects(), [])
  t.strictSame(await events(), ['ACT FAILURE', 'UNDO SUCCESS'])
})

t.test('a compensation undoes once, however often it comes', async (t) => {
  const { act, compensate, effects, events } = await started(t)
  const call = callOf()
  await act(call)
  for (let time = 1; time <= 3; time += 1) t.match(await compensate(call), { status: 204 })
  t.strictSame(await effects(), ['done', 'undone'])
  t.strictSame(await events(), ['ACT SUCCESS', 'UNDO SUCCESS'])
})

t.test('a compensation that comes first succeeds, and the late action is refused', async (t) => {
  const { act, compensate, effects, events } = await started(t)
  const call = callOf()
  t.match(await compensate(call), { status: 204, detail: { nothing_to_undo: 'the action never came' } })
  t.match(await act(call), { status: 409, body: { code: 'deja_annule' } })
  t.match(await compensate(call), { status: 204 })
  t.match(await act(call), { status: 409, body: { code: 'deja_annule' } })
  t.strictSame(await effects(), [])
  t.strictSame(await events(), ['UNDO SUCCESS'])
})

t.test('the refusal of a compensation is not kept: a later try can succeed', async (t) => {
  const { act, compensate, effects, events } = await started(t)
  const call = callOf()
  await act(call)
  t.match(await compensate(call, async () => refusal(409, 'refus', 'Not now.')), { status: 409 })
  t.match(await compensate(call), { status: 204 })
  t.strictSame(await effects(), ['done', 'undone'])
  t.strictSame(await events(), ['ACT SUCCESS', 'UNDO SUCCESS'])
})

t.test('steps of one saga, and one step of two sagas, do not know of each other', async (t) => {
  const { act, effects } = await started(t)
  const call = callOf()
  await act(call)
  await act({ ...call, step: { sagaId: call.correlationId ?? '', name: 'another' } })
  await act(callOf())
  t.strictSame(await effects(), ['done', 'done', 'done'])
})

t.test('without a step every call is a first one', async (t) => {
  const { act, compensate, effects, events } = await started(t)
  const plain: Call = { correlationId: null, step: null, fingerprint: 'the request' }
  await act(plain)
  await act(plain)
  await compensate(plain)
  t.strictSame(await effects(), ['done', 'done', 'plain'])
  t.strictSame(await events(), ['ACT SUCCESS', 'ACT SUCCESS', 'UNDO SUCCESS'])
})

t.test('an action that comes while the same is under way waits for its answer', async (t) => {
  const { act, leave, pool, effects } = await started(t)
  const call = callOf()
  const [begun, goOn] = [signal(), signal()]
  const first = act(call, async (trx) => {
    begun.give()
    await goOn.given
    return leave('done')(trx)
  })
  await begun.given
  const second = act(call)
  await waitingForLock(pool)
  goOn.give()
  t.strictSame((await second).body, (await first).body)
  t.strictSame(await effects(), ['done'])
})

t.test('an action that waited for one that failed is done itself', async (t) => {
  const { act, leave, pool, effects, events } = await started(t)
  const call = callOf()
  const [begun, goOn] = [signal(), signal()]
  const first = act(call, async (trx) => {
    begun.give()
    await goOn.given
    await leave('lost')(trx)
    throw new Error('the process died here')
  })
  await begun.given
  const second = act(call)
  await waitingForLock(pool)
  goOn.give()
  await t.rejects(first, { message: 'the process died here' })
  t.match(await second, { status: 200 })
  t.strictSame(await effects(), ['done'])
  t.strictSame(await events(), ['ACT SUCCESS'])
})

t.test('compensations that come while the action is under way undo it, once', async (t) => {
  const { act, compensate, leave, pool, effects, events } = await started(t)
  const call = callOf()
  const [begun, goOn] = [signal(), signal()]
  const action = act(call, async (trx) => {
    begun.give()
    await goOn.given
    return leave('done')(trx)
  })
  await begun.given
  const undos = [compensate(call), compensate(call)]
  await waitingForLock(pool, 2)
  goOn.give()
  t.match(await action, { status: 200 })
  t.match(await Promise.all(undos), [{ status: 204 }, { status: 204 }])
  t.strictSame(await effects(), ['done', 'undone'])
  t.strictSame(await events(), ['ACT SUCCESS', 'UNDO SUCCESS'])
})

t.test('a compensation that waited for an action that failed prevents it', async (t) => {
  const { act, compensate, pool, effects } = await started(t)
  const call = callOf()
  const [begun, goOn] = [signal(), signal()]
  const action = act(call, async () => {
    begun.give()
    await goOn.given
    throw new Error('the process died here')
  })
  await begun.given
  const undo = compensate(call)
  await waitingForLock(pool)
  goOn.give()
  await t.rejects(action)
  t.match(await undo, { status: 204, detail: { nothing_to_undo: 'the action never came' } })
  t.match(await act(call), { status: 409, body: { code: 'deja_annule' } })
  t.strictSame(await effects(), [])
})

t.test('actions that come while the compensation is under way are refused', async (t) => {
  const { act, compensate, pool, effects } = await started(t)
  const call = callOf()
  // Holds the undo open after its tombstone: an event table that nobody can write to.
  const client = await pool.connect()
  await client.query('begin')
  await client.query('lock table carts.service_event')
  const undo = compensate(call)
  await waitingForLock(pool, 1)
  const actions = [act(call), act(call)]
  await waitingForLock(pool, 3)
  await client.query('rollback')
  client.release()
  t.match(await undo, { status: 204 })
  t.match(await Promise.all(actions), [{ status: 409 }, { status: 409 }])
  t.strictSame(await effects(), [])
})

t.test('calls that come at once, in any number and order, leave one effect or none', async (t) => {
  const { act, compensate, pool, effects } = await started(t)
  for (let round = 0; round < 25; round += 1) {
    await pool.query('truncate effect')
    const call = callOf()
    const calls = Array.from({ length: 6 }, (_, n) => ((n + round) % 3 === 0 ? compensate(call) : act(call)))
    const answers = await Promise.all(calls)
    const left = await effects()
    const isDone = left.includes('done')
    t.ok(left.length === 0 || left.join() === 'done,undone', `round ${round}: ${left.join()}`)
    const refused = answers.filter(({ status }) => status === 409).length
    t.equal(refused === 0, isDone, `round ${round}: refused exactly when the undo was first`)
  }
})
