// What a saga in the memory of an orchestrator takes there, and one that has left it because it only waits.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Place } from '../candidates/candidate.ts'
import { databaseNamed } from '../databases.ts'
import { rounded, type Row } from '../rows.ts'

/**
 * `in-flight`: in its first step, and waiting for its turn to call, for no more than 64 call a participant at once.
 * `calling`: each has its call open. `waiting`: parked, and out of memory until the next try.
 */
const KINDS = ['in-flight', 'calling', 'waiting'] as const
type Kind = (typeof KINDS)[number]

export interface MemoryOrder {
  readonly kind: Kind
  readonly stubs: string
  readonly databaseUrl: string
  readonly sagas: number
}

/** Of so many sagas, when others are there already; garbage not counted. */
export interface MemoryUsed {
  readonly heapBytes: number
  /** Buffers and the like, outside of the heap. */
  readonly externalBytes: number
  /** Of the process as a whole: it keeps what its heap once had, so the difference tells little of a saga. */
  readonly rssBytesBefore: number
  readonly rssBytes: number
}

const SAGAS = 2_000

export async function measureMemory(place: Place): Promise<Row[]> {
  const rows: Row[] = []
  for (const kind of KINDS) {
    const databaseUrl = await databaseNamed(`memory-${kind}`, place.databaseUrl)
    const used = await inProcess({ kind, stubs: place.stubs, databaseUrl, sagas: SAGAS })
    const kbPerSaga = (bytes: number) => rounded(bytes / 1_024 / SAGAS)
    rows.push({
      name: `memory-${kind}`,
      sagas: SAGAS,
      heap_kb_per_saga: kbPerSaga(used.heapBytes),
      external_kb_per_saga: kbPerSaga(used.externalBytes),
      rss_mb_without: rounded(used.rssBytesBefore / 1_048_576),
      rss_mb: rounded(used.rssBytes / 1_048_576),
    })
  }
  return rows
}

/** One of its own for each kind, so that none inherits the heap of another. */
async function inProcess(order: MemoryOrder): Promise<MemoryUsed> {
  // Else 5 MB of code that ran at the start leave the heap at some time, which is more than what is measured.
  const execArgv = ['--expose-gc', '--no-flush-bytecode']
  const child = fork(new URL('../engine-memory.ts', import.meta.url), { execArgv })
  const exited = new AbortController()
  child.once('exit', () => exited.abort(new Error(`memory-${order.kind} ended before it answered`)))
  child.send(order)
  const [used] = (await once(child, 'message', { signal: exited.signal })) as [MemoryUsed]
  child.disconnect()
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return used
}
