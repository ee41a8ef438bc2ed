// What is compared: the same three calls, with ever more promised about them.
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent } from 'node:http'
import getPort from 'get-port'
import got from 'got'
import pg from 'pg'
import { v7 as newSagaId } from 'uuid'
import { commande } from '../machines/commande/chart.ts'
import { openSchema } from '../migrations/database.ts'
import { systemClock } from '../orchestrator/engine/clock.ts'
import { Engine } from '../orchestrator/engine/engine.ts'
import { prepare } from '../orchestrator/engine/prepare.ts'
import { observeWith } from '../orchestrator/observers.ts'
import { HttpSteps } from '../orchestrator/steps/http-steps.ts'
import { PostgresSagaStore } from '../orchestrator/store/saga-store.ts'
import type { OrchestratorDatabase } from '../orchestrator/store/schema.ts'

export interface Candidate {
  readonly name: string
  /** One saga from its start to its end. */
  run(): Promise<void>
  /** Commits, and milliseconds of CPU of the process that makes them, so far. */
  usage(): Promise<{ commits: number; cpuMs: number }>
  close(): Promise<void>
}

const ORDER = { cart_id: randomUUID(), magasin_id: 101 }

function caller(stubs: string) {
  const agent = new Agent({ keepAlive: true })
  const client = got.extend({ agent: { http: agent }, retry: { limit: 0 } })
  const calls = [
    (id: string) => client.post(`${stubs}/api/caisse/${id}/lock/`, { json: { magasin_id: 101 } }).json(),
    (id: string) => client.post(`${stubs}/api/stock/reservations/`, { json: { reservation_id: id } }).json(),
    (id: string) => client.post(`${stubs}/api/produits/ventes/`, { json: { cart_id: id } }).json(),
  ]
  return { calls, close: () => agent.destroy() }
}

/** (a) Three got calls one after the other; nothing is persisted. */
export function bare(stubs: string): Candidate {
  const { calls, close } = caller(stubs)
  return {
    name: 'bare',
    async run() {
      const id = newSagaId()
      for (const call of calls) await call(id)
    },
    usage: async () => ({ commits: 0, cpuMs: ownCpuMs() }),
    close: async () => close(),
  }
}

/** (b) The same, each of five transitions in a Postgres transaction of its own, as one would write it by hand. */
export async function naive(stubs: string, databaseUrl: string): Promise<Candidate> {
  const { calls, close } = caller(stubs)
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 64 })
  await pool.query(`create table if not exists naive_saga (saga_id uuid primary key, seq int, snapshot json)`)
  await pool.query(
    `create table if not exists naive_transition (saga_id uuid, seq int, snapshot json, primary key (saga_id, seq))`,
  )
  const snapshot = JSON.stringify({
    status: 'active',
    value: { doing: 'lock' },
    context: { ...ORDER, filler: 'x'.repeat(400) },
  })
  let commits = 0
  const commit = async (id: string, seq: number) => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query(
        `insert into naive_saga values ($1, $2, $3) on conflict (saga_id) do update set seq = $2, snapshot = $3`,
        [id, seq, snapshot],
      )
      await client.query('insert into naive_transition values ($1, $2, $3)', [id, seq, snapshot])
      await client.query('commit')
      commits += 1
    } finally {
      client.release()
    }
  }
  return {
    name: 'naive',
    async run() {
      const id = newSagaId()
      await commit(id, 0)
      for (const [index, call] of calls.entries()) {
        await call(id)
        await commit(id, index + 1)
      }
      await commit(id, calls.length + 1)
    },
    usage: async () => ({ commits, cpuMs: ownCpuMs() }),
    async close() {
      close()
      await pool.end()
    },
  }
}

/** (c) The engine in this process: from start() to the commit of the end. */
export async function engine(stubs: string, databaseUrl: string): Promise<Candidate> {
  const schema = await openSchema<OrchestratorDatabase>({
    url: databaseUrl,
    schema: 'orchestrator',
    migrations: new URL('../migrations/orchestrator/', import.meta.url),
    poolMax: 10,
    applicationName: 'bench',
  })
  const steps = new HttpSteps({
    participants: { carts: stubs, stocks: stubs, produits: stubs },
    timeoutMs: 3_000,
    deadlineMs: 10_000,
    retries: 2,
  })
  let commits = 0
  const built = new Engine({
    machines: [prepare({ machine: commande, businessKey: 'cart_id' }, steps, systemClock)],
    store: new PostgresSagaStore(schema.db, schema.pool),
    clock: systemClock,
    observer: observeWith({ committed: () => (commits += 1) }),
    newSagaId,
    owner: 'bench',
  })
  await built.open()
  return {
    name: 'engine',
    async run() {
      const started = await built.start({ machine: 'commande', input: ORDER, idempotency: null })
      if (started.kind !== 'started') throw new Error('not started')
      const end = await built.exited(started.sagaId)
      if (end?.status !== 'done') throw new Error(`ended ${end?.status}`)
    },
    usage: async () => ({ commits, cpuMs: ownCpuMs() }),
    async close() {
      built.stop()
      steps.close()
      await schema.close()
    },
  }
}

/** (d) The engine through its HTTP API, in a process of its own; its CPU is told apart from its caller's. */
export async function engineHttp(stubs: string, databaseUrl: string): Promise<Candidate> {
  const port = await getPort()
  const url = `http://127.0.0.1:${port}`
  const orchestrator = fork(new URL('../orchestrator/main.ts', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      ...process.env,
      PORT: String(port),
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      DATABASE_URL: databaseUrl,
      CARTS_URL: stubs,
      STOCKS_URL: stubs,
      PRODUITS_URL: stubs,
    },
  })
  await got(`${url}/readyz`, { retry: { limit: 100, calculateDelay: () => 100 } })
  const agent = new Agent({ keepAlive: true })
  const client = got.extend({ agent: { http: agent }, retry: { limit: 0 } })
  return {
    name: 'engine-http',
    async run() {
      const { statusCode } = await client.post(`${url}/api/orchestrator/`, { json: ORDER })
      if (statusCode !== 201) throw new Error(`answered ${statusCode}`)
    },
    async usage() {
      const metrics = await client(`${url}/metrics`).text()
      const read = (name: string) =>
        Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'm').exec(metrics)?.[1])
      return {
        commits: read('skald_commit_duration_seconds_count'),
        cpuMs: read('process_cpu_seconds_total') * 1_000,
      }
    },
    async close() {
      agent.destroy()
      orchestrator.kill('SIGTERM')
      await once(orchestrator, 'exit')
    },
  }
}

/** CPU of this process, garbage collection included. */
function ownCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
