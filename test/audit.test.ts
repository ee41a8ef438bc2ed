// `skald audit`: data broken by SQL, in each way that it has to name, and data that is as it must be.
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import t from 'tap'
import { audit, auditState, type AuditOptions } from '../orchestrator/cli/audit/audit.ts'
import type { Finding } from '../orchestrator/cli/audit/check.ts'
import { Replay } from '../orchestrator/cli/audit/replay-check.ts'
import { breaksOf } from './audit/breaks.ts'
import { nobody, shopWithPast } from './audit/shop-with-past.ts'
import { freshDatabase } from './kit/database.ts'
import { startSkald } from './kit/skald-command.ts'

const past = await shopWithPast(t)
const { system, done, failed } = past
const { databaseUrl, shop } = system
const db = new Kysely<unknown>({
  dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: databaseUrl }) }),
})
t.teardown(() => db.destroy())

/** What the audit finds once the statement has run; nothing of that stays. */
async function findingsAfter(statement: string, options: AuditOptions = {}): Promise<Finding[]> {
  const undo = new Error('undo')
  let findings: Finding[] = []
  await db
    .transaction()
    .execute(async (trx) => {
      await sql.raw(statement).execute(trx)
      const replay = new Replay()
      await replay.run(trx)
      findings = [...(await auditState(trx, options)).findings, ...replay.findings]
      throw undo
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error
    })
  return findings
}

/** Of the findings, those about where sagas stand. */
async function sagasAfter(statement: string, options: AuditOptions): Promise<string[]> {
  const findings = await findingsAfter(statement, options)
  return findings.filter(({ check }) => check === 'sagas').map(({ what }) => what)
}

t.test('data as it must be is clean, and is counted', async (t) => {
  const audited = await audit(db, { stillForSeconds: 0 })
  t.strictSame(audited.findings, [])
  t.strictSame(audited.untold, {})
  t.match(audited.sagas, { done: 1, failed: 2, parked: 0, running: 0, compensating: 0 })
  t.strictSame(audited.stock, { produits: 2, start: 11, now: 9, sold: 2, held: 0 })
  t.strictSame(audited.replayed, { sagas: 3, transitions: 14, unknown: {}, too_long: 0 })
})

t.test('each fault is named, with its saga', async (t) => {
  for (const { by, check, saga, what } of breaksOf(past)) {
    const findings = await findingsAfter(by)
    const found = findings.some((one) => one.check === check && one.saga_id === saga && what.test(one.what))
    t.ok(found, `${check}: ${what.source}`, { by, findings })
  }
  t.strictSame((await audit(db)).findings, [], 'and nothing of it has stayed')
})

t.test('a saga in flight is no fault, unless it has been still for too long', async (t) => {
  const moving = `
    update orchestrator.saga set status = 'running', state = 'doing.create', wake_at = '-infinity',
      updated_at = now() - interval '9 s'
    where saga_id = '${done}'`
  t.strictSame(await sagasAfter(moving, {}), [])
  t.strictSame(await sagasAfter(moving, { stillForSeconds: 60 }), [])
  const still = [/^is running in doing\.create, and has not moved for 9\.\d s$/]
  t.match(await sagasAfter(moving, { stillForSeconds: 5 }), still)
  t.match(await sagasAfter(moving, { stillForSeconds: 0 }), still)
})

t.test('a timer that nobody heard of and an event that nobody answered are faults in time', async (t) => {
  const overdue = `
    update orchestrator.saga set status = 'parked', state = 'parked', wake_at = now() - interval '20 s',
      problem = '{"code":"WRITE_REFUSED","message":"too large"}'
    where saga_id = '${done}'`
  t.strictSame(await sagasAfter(overdue, { stillForSeconds: 60 }), [])
  t.match(await sagasAfter(overdue, { stillForSeconds: 10 }), [
    /^waits in parked for a timer that was due 2\d\.\d s ago$/,
  ])
  const unanswered = `
    insert into orchestrator.inbox (partition, saga_id, key, fingerprint, event, created_at)
    select partition, saga_id, 'k', 'f', '{"type":"RETRY"}', now() - interval '20 s'
    from orchestrator.saga where saga_id = '${done}'`
  t.strictSame(await sagasAfter(unanswered, { stillForSeconds: 60 }), [])
  t.match(await sagasAfter(unanswered, { stillForSeconds: 10 }), [
    /^was sent RETRY, and has not answered for 2\d\.\d s$/,
  ])
})

t.test('what a removed saga did is no fault, and what a lost one did is', async (t) => {
  const tables = ['saga', 'transition', 'business_event', 'inbox', 'idempotency_key']
  const gone = tables.map((table) => `delete from orchestrator.${table} where saga_id = '${done}';`).join('')
  t.match(await findingsAfter(gone), [{ check: 'sagas', saga_id: done }, {}, {}])
  const removed = `insert into orchestrator.removed (status, sagas, ended_until) values ('done', 1, now());`
  t.strictSame(await findingsAfter(gone + removed), [])
  const later = new Date(Date.now() + 2 * 3_600_000).getTime().toString(16).padStart(12, '0')
  const lost = `${later.slice(0, 8)}-${later.slice(8)}-7000-8000-000000000000`
  const called = `insert into produits.barrier (saga_id, step, op) values ('${lost}', 'create', 'do')`
  t.match(await findingsAfter(gone + removed + called), [
    { check: 'sagas', saga_id: lost, what: /^is not in the journal, but called produits/ },
  ])
})

/** But those of the replay, for which SQL alone can't make up a journal. */
async function stateFindingsAfter(statement: string): Promise<Finding[]> {
  return (await findingsAfter(statement)).filter(({ check }) => check !== 'replay')
}

t.test('a saga that was given up may leave anything behind', async (t) => {
  const left = `
    update carts.cart set status = 'LOCKED', locked_by = '${failed}'
    where cart_id = (select (input ->> 'cart_id')::uuid from orchestrator.saga where saga_id = '${failed}');
    update stocks.reservation set status = 'RESERVED' where reservation_id = '${failed}';
    update stocks.stock set quantite = quantite - 2 where produit_id = 1;
    delete from carts.service_event where correlation_id = '${failed}' and action = 'UNLOCK_CART';
    delete from carts.barrier where saga_id = '${failed}' and op = 'undo';
    update orchestrator.saga set state = 'doing.create' where saga_id = '${failed}';
    update orchestrator.transition set state = 'doing.create' where saga_id = '${failed}' and seq =
      (select seq from orchestrator.saga where saga_id = '${failed}');`
  t.match((await stateFindingsAfter(left)).length, 4)
  const givenUp = `
    update orchestrator.business_event set type = 'ABANDONED' where saga_id = '${failed}' and type = 'FAILED'`
  t.strictSame(await stateFindingsAfter(left + givenUp), [])
})

t.test('what a person undid by other ways, and said so, is no fault', async (t) => {
  const byHand = `
    delete from carts.service_event where correlation_id = '${failed}' and action = 'UNLOCK_CART';
    delete from carts.barrier where saga_id = '${failed}' and op = 'undo';`
  t.match(await stateFindingsAfter(byHand), [
    { check: 'service events', saga_id: failed, what: /^has failed, but LOCK_CART was never followed/ },
  ])
  const said = `
    update orchestrator.transition set event = '{"type":"skald.skip","actor":"me","reason":"by hand"}'
    where saga_id = '${failed}' and event ->> 'type' = 'xstate.done.actor.undo-lock'`
  t.strictSame(await stateFindingsAfter(byHand + said), [])
})

t.test('a saga may be parked on its way forward', async (t) => {
  const parked = `
    update orchestrator.saga set status = 'parked', state = 'parked.doing', wake_at = 'infinity',
      problem = null
    where saga_id = '${done}'`
  const findings = await stateFindingsAfter(parked)
  t.strictSame(
    findings.filter(({ what }) => what.includes('but stands in')),
    [],
  )
})

t.test('pieces that are set again, or reserved by a person, are counted', async (t) => {
  await shop.setStock(50, 3)
  await shop.setStock(20, 1)
  const findings = await findingsAfter(`
    insert into stocks.reservation (reservation_id, magasin_id, status) values ('${nobody}', 101, 'RESERVED');
    insert into stocks.reservation_ligne values ('${nobody}', 1, 3, 4);
    update stocks.stock set quantite = 46 where produit_id = 3`)
  t.strictSame(findings, [])
})

t.test('of more faults of one kind than can be listed, the rest is counted', async (t) => {
  const undo = new Error('undo')
  const broken = db.transaction().execute(async (trx) => {
    await sql`
      insert into orchestrator.idempotency_key (key, fingerprint, partition, saga_id)
      select 'lost ' || n, '', 0, gen_random_uuid() from generate_series(1, 150) n
    `.execute(trx)
    const { findings, untold } = await auditState(trx)
    t.equal(findings.length, 100)
    t.strictSame(untold, { sagas: 50 })
    throw undo
  })
  await t.rejects(broken, undo)
})

t.test('a version that is not here is told, and is no fault', async (t) => {
  const undo = new Error('undo')
  const broken = db.transaction().execute(async (trx) => {
    await sql`update orchestrator.saga set version = '0' where saga_id = ${done}`.execute(trx)
    const replay = new Replay()
    await replay.run(trx)
    t.strictSame(replay.findings, [])
    t.match(replay.replayed, { sagas: 2, unknown: { 'commande@0': 1 } })
    throw undo
  })
  await t.rejects(broken, undo)
})

t.test('a system under load gives no false alarm', async (t) => {
  await shop.setStock(60, 7)
  const carts = await Promise.all(Array.from({ length: 120 }, async () => shop.cart(1, 7)))
  const order = async () => {
    for (let cart = carts.pop(); cart !== undefined; cart = carts.pop()) await shop.order(cart)
  }
  const orders = Promise.all(Array.from({ length: 12 }, order))
  let seenInFlight = 0
  while (carts.length > 0) {
    const { findings, sagas } = await audit(db)
    t.strictSame(findings, [])
    seenInFlight += sagas.running + sagas.compensating
  }
  await orders
  t.ok(seenInFlight > 0, 'some were in flight')
  t.strictSame((await audit(db, { stillForSeconds: 0 })).findings, [])
})

t.test('the command says what is wrong, and exits with 0, 1 or 2', async (t) => {
  const settings = { DATABASE_URL: databaseUrl }
  const clean = await startSkald(t, ['audit', '--settled'], settings).outcome
  t.match(clean, { code: 0, stderr: '' })
  t.match(clean.stdout, /^✓ sagas +61 done, 62 failed, 0 parked, 0 in flight$/m)
  t.match(clean.stdout, /^✓ stock +4 produits: /m)
  t.match(clean.stdout, /^Nothing is wrong\.$/m)

  await sql`update produits.vente set correlation_id = ${failed} where correlation_id = ${done}`.execute(db)
  const wrong = await startSkald(t, ['audit', '--no-replay'], settings).outcome
  t.match(wrong, { code: 1, stderr: '' })
  t.match(wrong.stdout, new RegExp(`^ {4}Saga ${done} is done, but has 0 standing ventes\\.$`, 'm'))
  t.match(wrong.stdout, /^✗ ventes$/m)
  t.match(wrong.stdout, /^✓ replay +left out$/m)
  const told = await startSkald(t, ['audit', '--json'], settings).outcome
  t.equal(told.code, 1)
  const finding = { check: 'ventes', saga_id: failed, what: /^has failed, but vente \d+ stands$/ }
  const { findings }: { findings: Finding[] } = JSON.parse(told.stdout)
  t.match(
    findings.find(({ check, saga_id }) => check === 'ventes' && saga_id === failed),
    finding,
  )
})

t.test('the command exits with 2 when it cannot tell, and says why', async (t) => {
  const { url: empty } = await freshDatabase(t)
  const nowhere = `${t.testdir({})}/home`
  const cases: [settings: Record<string, string>, args: string[], stderr: RegExp][] = [
    [
      { DATABASE_URL: 'postgres://x@127.0.0.1:1/x' },
      [],
      /^Postgres cannot be reached at 127\.0\.0\.1:1; .*\n$/,
    ],
    [{ DATABASE_URL: empty }, [], /^This is no database of this version of Skald \(.*\): .*\n$/],
    [{ SKALD_HOME: nowhere }, [], /^No Skald runs on SKALD_HOME \(.*\): .*\n$/],
    [{ DATABASE_URL: 'nonsense' }, [], /^DATABASE_URL is of another form: it must be .*\n$/],
    [{}, ['--in-flight-older-than', 'soon'], /Seconds are a whole number/],
  ]
  for (const [settings, args, stderr] of cases)
    t.match(await startSkald(t, ['audit', ...args], settings).outcome, { code: 2, stdout: '', stderr })
})
