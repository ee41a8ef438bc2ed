import { Agent } from 'node:http'
import got from 'got'
import { participantsAt, startServer, until, type ServerProcess } from '../server-process.ts'
import { PostgresMeter } from '../usage.ts'
import { candidate, ORDER, type Candidate, type Place } from './candidate.ts'

/** The engine through its HTTP API, in a process of its own; its CPU is told apart from its caller's. */
export function engineHttp(place: Place): Promise<Candidate> {
  return orchestrators('engine-http', place, 1)
}

/** The same, by `count` processes on one database. The caller takes them in turn, so no gateway costs anything. */
export async function orchestrators(
  name: string,
  { stubs, databaseUrl }: Place,
  count: number,
): Promise<Candidate> {
  const processes: ServerProcess[] = []
  for (let number = 1; number <= count; number += 1) {
    const settings = { ...participantsAt(stubs), DATABASE_URL: databaseUrl }
    processes.push(await startServer('orchestrator', settings))
  }
  await until('each holds its share of the partitions', () => areBalanced(processes))
  const agent = new Agent({ keepAlive: true })
  const client = got.extend({ agent: { http: agent }, retry: { limit: 0 } })
  const meter = await PostgresMeter.open(databaseUrl)
  let next = 0
  const load = {
    async run() {
      const url = processes[next++ % count]?.url
      const { statusCode } = await client.post(`${url}/api/orchestrator/`, { json: ORDER })
      if (statusCode !== 201) throw new Error(`answered ${statusCode}`)
    },
    async usage() {
      const { storeCpuMs, walBytes } = await meter.read()
      return { ...(await usageOf(processes)), storeCpuMs, walBytes }
    },
  }
  return candidate(name, load, async () => {
    agent.destroy()
    await meter.close()
    await Promise.all(processes.map((process) => process.end()))
  })
}

/** Of all these orchestrators together. */
export async function usageOf(
  orchestrators: readonly ServerProcess[],
): Promise<{ commits: number; cpuMs: number }> {
  let commits = 0
  let cpuMs = 0
  for (const orchestrator of orchestrators) {
    const metric = await orchestrator.metrics()
    commits += metric('skald_commit_duration_seconds_count')
    cpuMs += metric('process_cpu_seconds_total') * 1_000
  }
  return { commits, cpuMs }
}

async function areBalanced(processes: readonly ServerProcess[]): Promise<boolean> {
  const held = await Promise.all(
    processes.map(async (process) => (await process.metrics())('skald_partitions_held')),
  )
  const total = held.reduce((sum, count) => sum + count, 0)
  return total > 0 && Math.max(...held) <= Math.ceil(total / processes.length) && Math.min(...held) > 0
}
