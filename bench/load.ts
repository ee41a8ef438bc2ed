// Runs one job again and again, a fixed number at a time, and measures it.
import { createHistogram } from 'node:perf_hooks'

/** Totals so far; null where they can't be told here. */
export interface Usage {
  commits: number | null
  /** CPU of the process that drives the sagas. */
  cpuMs: number
  /** CPU of what keeps them: Postgres, or the engine's own server. */
  storeCpuMs: number | null
  /** What Postgres wrote ahead. */
  walBytes: number | null
}

export interface Load {
  /** One saga from its start to its end. */
  run(): Promise<void>
  usage(): Promise<Usage>
}

export interface Measured {
  sagas_per_second: number
  p50_ms: number
  p99_ms: number
  cpu_ms_per_saga: number
  store_cpu_ms_per_saga: number | null
  commits_per_saga: number | null
  wal_kb_per_saga: number | null
}

/** Warms up for a fifth of `seconds`, then measures for `seconds`. */
export async function measure(load: Load, concurrency: number, seconds: number): Promise<Measured> {
  const job = () => load.run()
  await run(job, concurrency, seconds / 5, () => {})
  const latencies = createHistogram()
  const before = await load.usage()
  const startedAt = performance.now()
  let count = 0
  await run(job, concurrency, seconds, (ms) => {
    count += 1
    latencies.record(Math.max(1, Math.round(ms * 1_000)))
  })
  const elapsedMs = performance.now() - startedAt
  const after = await load.usage()
  const perSaga = (from: number | null, to: number | null, unit = 1) =>
    from === null || to === null ? null : (to - from) / unit / count
  return {
    sagas_per_second: (count / elapsedMs) * 1_000,
    p50_ms: latencies.percentile(50) / 1_000,
    p99_ms: latencies.percentile(99) / 1_000,
    cpu_ms_per_saga: (after.cpuMs - before.cpuMs) / count,
    store_cpu_ms_per_saga: perSaga(before.storeCpuMs, after.storeCpuMs),
    commits_per_saga: perSaga(before.commits, after.commits),
    wal_kb_per_saga: perSaga(before.walBytes, after.walBytes, 1_024),
  }
}

async function run(
  job: () => Promise<void>,
  concurrency: number,
  seconds: number,
  record: (ms: number) => void,
): Promise<void> {
  const endsAt = performance.now() + seconds * 1_000
  const worker = async () => {
    while (performance.now() < endsAt) {
      const startedAt = performance.now()
      await job()
      record(performance.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}
