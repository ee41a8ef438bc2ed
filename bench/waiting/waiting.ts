// The engine against the number of sagas that only wait, and what these cost an orchestrator that has nothing else.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Place } from '../candidates/candidate.ts'
import { usageOf } from '../candidates/engine-http.ts'
import { openEngine } from '../candidates/engine.ts'
import { connected, databaseNamed } from '../databases.ts'
import { compareInRounds } from '../rounds.ts'
import { rounded, type Row } from '../rows.ts'
import { participantsAt, startServer, until } from '../server-process.ts'
import { fill } from '../stored/fill.ts'
import { PostgresMeter } from '../usage.ts'

/** An orchestrator has taken its partitions and looked around by then. */
const SETTLE_MS = 3_000

/** `seconds` for each size, all rounds together, and as many for the orchestrator that has nothing to do. */
export async function compareWaiting(
  place: Place,
  sizes: readonly number[],
  seconds: number,
): Promise<Row[]> {
  const places = new Map<string, Place>()
  const idle = new Map<string, Readonly<Record<string, number | null>>>()
  for (const size of sizes) {
    const name = `waiting-${size}`
    const at = { ...place, databaseUrl: await databaseNamed(name, place.databaseUrl) }
    await park(at)
    if (size > 0) await fill(at.databaseUrl, { name, count: size, status: 'parked' })
    places.set(name, at)
    idle.set(name, await idleFigures(at, seconds))
  }
  const rows = await compareInRounds(places, seconds)
  return rows.map((row) => ({ ...row, ...idle.get(row.name) }))
}

/** Leaves one saga that waits, and that nothing wakes by itself. */
async function park({ stubs, databaseUrl }: Place): Promise<void> {
  const opened = await openEngine({ stubs: `${stubs}/refusing`, databaseUrl })
  const sagaId = await opened.start()
  const parked = `select from orchestrator.saga where saga_id = $1 and wake_at > '-infinity'`
  await connected(databaseUrl, async (client) => {
    await until('the saga is parked', async () => (await client.query(parked, [sagaId])).rowCount === 1)
    await opened.close()
    await client.query(`update orchestrator.saga set wake_at = 'infinity'`)
  })
}

/** What the ticks of an orchestrator cost, and its polls and beats with them. */
async function idleFigures({ stubs, databaseUrl }: Place, seconds: number) {
  const settings = { ...participantsAt(stubs), DATABASE_URL: databaseUrl }
  const orchestrator = await startServer('orchestrator', settings)
  const meter = await PostgresMeter.open(databaseUrl)
  try {
    await sleep(SETTLE_MS)
    const before = { ...(await meter.read()), ...(await usageOf([orchestrator])) }
    await sleep(seconds * 1_000)
    const after = { ...(await meter.read()), ...(await usageOf([orchestrator])) }
    const metric = await orchestrator.metrics()
    const perSecond = (from: number, to: number) => rounded((to - from) / seconds)
    return {
      idle_rss_mb: rounded(metric('process_resident_memory_bytes') / 1_048_576),
      idle_sagas_in_memory: metric('skald_sagas_in_flight'),
      idle_statements_per_second: perSecond(before.transactions, after.transactions),
      idle_pages_per_second: perSecond(before.pages, after.pages),
      idle_cpu_ms_per_second: perSecond(before.cpuMs, after.cpuMs),
      idle_store_cpu_ms_per_second:
        before.storeCpuMs === null || after.storeCpuMs === null
          ? null
          : perSecond(before.storeCpuMs, after.storeCpuMs),
    }
  } finally {
    await meter.close()
    await orchestrator.end()
  }
}
