// Runs one job again and again, a fixed number at a time, and measures it.
import { createHistogram } from 'node:perf_hooks'

import type { Candidate } from './candidates.ts'

export interface Measured {
  sagas_per_second: number
  p50_ms: number
  p99_ms: number
  cpu_ms_per_saga: number
  commits_per_saga: number
}

/** Warms up for a fifth of `seconds`, then measures for `seconds`. */
export async function measure(candidate: Candidate, concurrency: number, seconds: number): Promise<Measured> {
  const job = () => candidate.run()
  await run(job, concurrency, seconds / 5, () => {})
  const latencies = createHistogram()
  const before = await candidate.usage()
  const startedAt = performance.now()
  let count = 0
  await run(job, concurrency, seconds, (ms) => {
    count += 1
    latencies.record(Math.max(1, Math.round(ms * 1_000)))
  })
  const elapsedMs = performance.now() - startedAt
  const after = await candidate.usage()
  return {
    sagas_per_second: (count / elapsedMs) * 1_000,
    p50_ms: latencies.percentile(50) / 1_000,
    p99_ms: latencies.percentile(99) / 1_000,
    cpu_ms_per_saga: (after.cpuMs - before.cpuMs) / count,
    commits_per_saga: (after.commits - before.commits) / count,
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
