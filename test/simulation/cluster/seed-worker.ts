/** Runs ranges of seeds in a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads'
import type { BrokenSeed, RangeReport, SeedRange } from './run-seeds.ts'
import { mutate, sourceMutations } from './source-mutations.ts'

const inSource = sourceMutations.get(String((workerData as { mutation?: string }).mutation))
if (inSource !== undefined) mutate(inSource)
const { runCluster } = await import('./cluster.ts')
const { mutations } = await import('./mutations.ts')

async function report({ from, count, mutation }: SeedRange): Promise<RangeReport> {
  const flaws = mutation === undefined || inSource !== undefined ? {} : mutations.get(mutation)
  if (flaws === undefined) throw new Error(`there is no mutation called ${mutation ?? ''}`)
  const broken: BrokenSeed[] = []
  const struck = new Map<string, number>()
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await runCluster(seed, flaws)
    if (outcome.complaints.length > 0) broken.push({ seed, complaints: outcome.complaints })
    for (const [what, times] of outcome.struck) struck.set(what, (struck.get(what) ?? 0) + times)
    // The first one found is proof enough of a mutation.
    if (mutation !== undefined && broken.length > 0) break
  }
  return { broken, struck }
}

parentPort?.on('message', (range: SeedRange) => {
  void report(range).then((found) => parentPort?.postMessage(found, []))
})
