import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { v7 as newSagaId } from 'uuid'
import { caller } from '../caller.ts'
import { candidate, meterOf, type Candidate, type Place } from './candidate.ts'

const SNAPSHOT = JSON.stringify({
  status: 'active',
  value: { doing: 'lock' },
  context: { cart_id: randomUUID(), magasin_id: 101, filler: 'x'.repeat(400) },
})

/** The same, each of five transitions in a Postgres transaction of its own, as one would write it by hand. */
export async function naive({ stubs, databaseUrl }: Place): Promise<Candidate> {
  const { calls, close } = caller(stubs)
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 64 })
  await pool.query(`create table if not exists naive_saga (saga_id uuid primary key, seq int, snapshot json)`)
  await pool.query(
    `create table if not exists naive_transition (saga_id uuid, seq int, snapshot json, primary key (saga_id, seq))`,
  )
  let commits = 0
  const commit = async (id: string, seq: number) => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query(
        `insert into naive_saga values ($1, $2, $3) on conflict (saga_id) do update set seq = $2, snapshot = $3`,
        [id, seq, SNAPSHOT],
      )
      await client.query('insert into naive_transition values ($1, $2, $3)', [id, seq, SNAPSHOT])
      await client.query('commit')
      commits += 1
    } finally {
      client.release()
    }
  }
  const meter = await meterOf(databaseUrl, () => commits)
  const run = async () => {
    const id = newSagaId()
    await commit(id, 0)
    for (const [index, call] of calls.entries()) {
      await call(id)
      await commit(id, index + 1)
    }
    await commit(id, calls.length + 1)
  }
  return candidate('naive', { run, usage: meter.usage }, async () => {
    close()
    await meter.close()
    await pool.end()
  })
}
