import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent } from 'node:http'
import getPort from 'get-port'
import got from 'got'
import { PostgresMeter } from '../usage.ts'
import { candidate, ORDER, type Candidate, type Place } from './candidate.ts'

/** The engine through its HTTP API, in a process of its own; its CPU is told apart from its caller's. */
export async function engineHttp({ stubs, databaseUrl }: Place): Promise<Candidate> {
  const port = await getPort()
  const url = `http://127.0.0.1:${port}`
  const orchestrator = fork(new URL('../../orchestrator/main.ts', import.meta.url), {
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
  const meter = await PostgresMeter.open(databaseUrl)
  const load = {
    async run() {
      const { statusCode } = await client.post(`${url}/api/orchestrator/`, { json: ORDER })
      if (statusCode !== 201) throw new Error(`answered ${statusCode}`)
    },
    async usage() {
      const metrics = await client(`${url}/metrics`).text()
      const read = (name: string) =>
        Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'm').exec(metrics)?.[1])
      const { storeCpuMs, walBytes } = await meter.read()
      return {
        commits: read('skald_commit_duration_seconds_count'),
        cpuMs: read('process_cpu_seconds_total') * 1_000,
        storeCpuMs,
        walBytes,
      }
    },
  }
  return candidate('engine-http', load, async () => {
    agent.destroy()
    await meter.close()
    orchestrator.kill('SIGTERM')
    await once(orchestrator, 'exit')
  })
}
