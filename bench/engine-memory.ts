// An engine in a process of its own that tells what many sagas take of its memory.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { openEngine, type OpenedEngine } from './candidates/engine.ts'
import { connected } from './databases.ts'
import type { MemoryOrder, MemoryUsed } from './memory/memory.ts'
import { until } from './server-process.ts'

const STARTS_AT_ONCE = 64
/** Longer than anything here takes. */
const NEVER_MS = 3_600_000
/** Commits, evictions and answers under way are through by then. */
const SETTLE_MS = 500
const GC_ROUNDS = 4

const [order] = (await once(process, 'message')) as [MemoryOrder]
process.send?.(await measure(order))
// Without an end: a held call would keep it waiting.
process.once('disconnect', () => process.exit())

async function measure({ kind, stubs, databaseUrl, sagas }: MemoryOrder): Promise<MemoryUsed> {
  const opened = await openEngine(
    { stubs: `${stubs}/${kind === 'waiting' ? 'refusing' : 'held'}`, databaseUrl },
    { timeoutMs: NEVER_MS, inFlight: 2 * sagas, calls: kind === 'calling' ? 2 * sagas : 64 },
  )
  const bring = async (count: number) => {
    const total = opened.engine.inFlight + count
    await startMany(count, opened.start)
    if (kind === 'waiting') await toLeave(opened, databaseUrl)
    else await until('all sagas are in flight', () => opened.engine.inFlight === total)
    return await memory()
  }
  // What runs for the first time takes memory that no further saga takes.
  const before = await bring(sagas)
  const after = await bring(sagas)
  return {
    heapBytes: after.heapUsed - before.heapUsed,
    externalBytes: after.external - before.external,
    rssBytesBefore: before.rss,
    rssBytes: after.rss,
  }
}

/** However long it takes: who has left is not let in again for its next try. */
async function toLeave({ engine }: OpenedEngine, databaseUrl: string): Promise<void> {
  const stay = `update orchestrator.saga set wake_at = 'infinity' where wake_at between now() and 'infinity'`
  await connected(databaseUrl, (client) =>
    until('all sagas have left memory', async () => {
      await client.query(stay)
      return engine.inFlight === 0
    }),
  )
}

async function startMany(count: number, start: () => Promise<string>): Promise<void> {
  let left = count
  const worker = async () => {
    while (left-- > 0) await start()
  }
  await Promise.all(Array.from({ length: STARTS_AT_ONCE }, worker))
}

async function memory(): Promise<NodeJS.MemoryUsage> {
  // What finalizers and weak references let go of is collected by another round.
  for (let round = 0; round < GC_ROUNDS; round += 1) {
    await sleep(SETTLE_MS)
    globalThis.gc?.()
  }
  return process.memoryUsage()
}
