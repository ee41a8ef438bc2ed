// kill -9 of an orchestrator with many sagas in flight, while another one lives: how long until the last of them is done.
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import got from 'got'
import type pg from 'pg'
import { ORDER, type Place } from '../candidates/candidate.ts'
import { connected, databaseNamed } from '../databases.ts'
import { rounded, type Row } from '../rows.ts'
import { participantsAt, startServer, until, type ServerProcess } from '../server-process.ts'

const STARTS_AT_ONCE = 64
const POLL_MS = 100
/** Of sagas in flight, as it is set by default. */
const LIMIT = 2_000
/** The last places are kept for sagas that come back into memory, even while there is none. */
const SPARE = 0.1
/** Participants that hold their answers must not look as if they had failed. */
const patience = { STEP_TIMEOUT_MS: '3600000', STEP_DEADLINE_MS: '7200000' }

/** One row for each number of sagas, all of them started at the orchestrator that is killed. */
export async function measureResume(place: Place, sizes: readonly number[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const size of sizes) rows.push(await resume(place, size))
  return rows
}

async function resume({ stubs, databaseUrl: server }: Place, count: number): Promise<Row> {
  const name = `resume-${count}`
  const databaseUrl = await databaseNamed(name, server)
  const limit = String(Math.max(LIMIT, Math.ceil(count * (1 + SPARE))))
  const common = { DATABASE_URL: databaseUrl, SAGAS_IN_FLIGHT: limit, START_QUEUE: limit, ...patience }
  const held = { ...common, ...participantsAt(`${stubs}/held`), ORCHESTRATOR_ID: 'killed' }
  const victim = await startServer('orchestrator', held)
  const heir = await startServer('orchestrator', { ...common, ...participantsAt(stubs) })
  await until('both have partitions', async () => (await partitions(heir)) >= (await partitions(victim)))
  await startMany(victim, count)
  const row = await connected(databaseUrl, async (client) => {
    await until('all are in flight', async () => (await inFlight(client)) === count)
    await victim.kill()
    return { name, ...(await followed(client, count)) }
  })
  await heir.end()
  return row
}

async function startMany(orchestrator: ServerProcess, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true })
  let left = count
  const worker = async () => {
    while (left-- > 0) {
      const { statusCode } = await got.post(`${orchestrator.url}/api/orchestrator/`, {
        json: ORDER,
        headers: { prefer: 'respond-async' },
        agent: { http: agent },
      })
      if (statusCode !== 202) throw new Error(`answered ${statusCode}`)
    }
  }
  await Promise.all(Array.from({ length: STARTS_AT_ONCE }, worker))
  agent.destroy()
}

/** From the kill, which has just been, to the end of the last saga; all by the database's clock. */
async function followed(client: pg.Client, count: number): Promise<Omit<Row, 'name'>> {
  const { rows } = await client.query<{ killed: Date; expires: Date }>(
    `select clock_timestamp() as killed, expires_at as expires from orchestrator.member where name = 'killed'`,
  )
  const [{ killed, expires } = { killed: new Date(), expires: new Date() }] = rows
  while ((await inFlight(client)) > 0) await sleep(POLL_MS)
  const { rows: ends } = await client.query<{ first_step: Date; last_done: Date; done: number }>(
    `select (select min(at) from orchestrator.transition where at > $1) as first_step,
       max(updated_at) as last_done, count(*) filter (where status = 'done')::int as done
     from orchestrator.saga`,
    [expires],
  )
  const [end] = ends
  if (end?.done !== count) throw new Error(`${end?.done} of ${count} sagas are done`)
  return {
    sagas: count,
    kill_to_expiry_ms: since(killed, expires),
    expiry_to_first_step_ms: since(expires, end.first_step),
    expiry_to_last_done_ms: since(expires, end.last_done),
    kill_to_last_done_ms: since(killed, end.last_done),
    sagas_per_second: rounded((count / since(end.first_step, end.last_done)) * 1_000),
  }
}

const since = (from: Date, to: Date) => to.getTime() - from.getTime()

async function inFlight(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int from orchestrator.saga where wake_at is not null',
  )
  return rows[0]?.count ?? 0
}

async function partitions(orchestrator: ServerProcess): Promise<number> {
  return (await orchestrator.metrics())('skald_partitions_held')
}
