import { sql } from 'kysely'
import t from 'tap'
import type { Test } from 'tap'
import { openSchema } from '../../migrations/database.ts'
import { freshDatabase } from '../../test/kit/database.ts'
import { inTransaction } from './transaction.ts'

type NoTables = Record<string, never>

async function opened(t: Pick<Test, 'teardown'>) {
  const { db, pool, close } = await openSchema<NoTables>({
    ...(await freshDatabase(t)),
    schema: 'carts',
    migrations: new URL('../../migrations/carts/', import.meta.url),
    poolMax: 4,
    applicationName: 'test',
  })
  t.teardown(close)
  await pool.query('create table counter (name text primary key, value integer not null)')
  await pool.query(`insert into counter values ('a', 0), ('b', 0)`)
  return { db, pool }
}

t.test('the loser of a deadlock runs again, and both commit once', async (t) => {
  const { db, pool } = await opened(t)
  const bothHoldOne = Promise.withResolvers<void>()
  let holding = 0
  let runs = 0
  const addTo = (first: string, second: string) =>
    inTransaction(db, async (trx) => {
      runs += 1
      await sql`update counter set value = value + 1 where name = ${first}`.execute(trx)
      holding += 1
      if (holding === 2) bothHoldOne.resolve()
      await bothHoldOne.promise
      await sql`update counter set value = value + 1 where name = ${second}`.execute(trx)
    })
  await Promise.all([addTo('a', 'b'), addTo('b', 'a')])
  const { rows } = await pool.query('select name, value from counter order by name')
  t.strictSame(rows, [
    { name: 'a', value: 2 },
    { name: 'b', value: 2 },
  ])
  t.equal(runs, 3, 'one of them ran twice')
})

t.test('a transaction that always conflicts is given up, and its error thrown', async (t) => {
  const { db } = await opened(t)
  let runs = 0
  const work = inTransaction(db, async (trx) => {
    runs += 1
    await sql`do $$ begin raise exception 'again' using errcode = '40001'; end $$`.execute(trx)
  })
  await t.rejects(work, { message: 'again' })
  t.equal(runs, 5)
})

t.test('any other error is thrown at once, and nothing is written', async (t) => {
  const { db, pool } = await opened(t)
  let runs = 0
  const work = inTransaction(db, async (trx) => {
    runs += 1
    await sql`update counter set value = 1`.execute(trx)
    throw new Error('mistake')
  })
  await t.rejects(work, { message: 'mistake' })
  t.equal(runs, 1)
  const { rows } = await pool.query('select sum(value)::integer as sum from counter')
  t.strictSame(rows, [{ sum: 0 }])
})
