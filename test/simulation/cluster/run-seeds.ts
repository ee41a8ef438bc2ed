/** Many seeds, on all cores. */
import { Worker } from 'node:worker_threads'

export interface SeedRange {
  readonly from: number
  readonly count: number
  /** The name of a fault of Skald itself, which the simulation is to find. */
  readonly mutation?: string
}

export interface BrokenSeed {
  readonly seed: number
  readonly complaints: readonly string[]
}

/** What a worker answers to a range. */
export interface RangeReport {
  readonly broken: readonly BrokenSeed[]
  /** How often each thing happened. */
  readonly struck: ReadonlyMap<string, number>
}

interface RunOptions extends SeedRange {
  readonly workers: number
  /** Stops at so many broken seeds. */
  readonly brokenMax: number
  readonly onProgress?: (seeds: number, broken: number) => void
}

/** Small, so that the workers end together; smaller still where the first broken one is the last. */
const RANGE = 50
const RANGE_OF_MUTATION = 10

export async function runSeeds(options: RunOptions): Promise<RangeReport & { readonly seeds: number }> {
  const { from, count, workers, brokenMax, mutation, onProgress } = options
  const broken: BrokenSeed[] = []
  const struck = new Map<string, number>()
  let [next, seeds] = [from, 0]
  const rangeMax = mutation === undefined ? RANGE : RANGE_OF_MUTATION
  const work = async () => {
    const script = new URL('./seed-worker.ts', import.meta.url)
    const worker = new Worker(script, { execArgv: [], workerData: { mutation } })
    try {
      while (next < from + count && broken.length < brokenMax) {
        const range = { from: next, count: Math.min(rangeMax, from + count - next) }
        next += range.count
        const report = await run(worker, mutation === undefined ? range : { ...range, mutation })
        broken.push(...report.broken)
        for (const [what, times] of report.struck) struck.set(what, (struck.get(what) ?? 0) + times)
        seeds += range.count
        onProgress?.(seeds, broken.length)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return { broken: broken.toSorted((a, b) => a.seed - b.seed), struck, seeds }
}

function run(worker: Worker, range: SeedRange): Promise<RangeReport> {
  return new Promise((resolve, reject) => {
    worker.once('message', (report: RangeReport) => {
      worker.off('error', reject)
      resolve(report)
    })
    worker.once('error', reject)
    worker.postMessage(range, [])
  })
}
