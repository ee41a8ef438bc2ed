/**
 * `npm run simulate -- --seeds 1000000 [--from S] [--workers N]` looks for a seed that breaks a promise; each one
 * found is printed with the command that tells its story: `npm run simulate -- --seed S --log`.
 */
import { availableParallelism } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { runCluster } from './cluster/cluster.ts'
import { runSeeds } from './cluster/run-seeds.ts'

interface Options {
  readonly seeds: number
  readonly from: number
  readonly workers: number
  readonly seed?: number
  readonly log?: true
}

const BROKEN_MAX = 20

function whole(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('It is not a whole number.')
  return number
}

const { SKALD_SEED } = process.env
const { seed = SKALD_SEED === undefined ? undefined : whole(SKALD_SEED), ...options } = new Command(
  'simulate',
)
  .description('Runs clusters of orchestrators in a simulated world, each from one seed.')
  .option('--seeds <number>', 'how many seeds to run', whole, 10_000)
  .option('--from <seed>', 'the first of them', whole, 1)
  .option('--workers <number>', 'threads to run them on', whole, availableParallelism())
  .option('--seed <seed>', 'runs this one only (or set SKALD_SEED)', whole)
  .option('--log', 'tells its story')
  .parse()
  .opts<Options>()

process.exitCode = seed === undefined ? await search(options) : await replay(seed, options.log === true)

async function replay(seed: number, isTold: boolean): Promise<number> {
  const { complaints, struck } = await runCluster(seed, {}, isTold ? (line) => console.log(line) : undefined)
  console.log(`seed ${seed}: ${[...struck].map(([what, times]) => `${what} ${times}`).join(', ')}`)
  for (const complaint of complaints) console.log(`  ${complaint}`)
  return complaints.length === 0 ? 0 : 1
}

async function search({ seeds: count, from, workers }: Omit<Options, 'seed'>): Promise<number> {
  const startedAt = performance.now()
  let shownAt = startedAt
  const { broken, struck, seeds } = await runSeeds({
    from,
    count,
    workers,
    brokenMax: BROKEN_MAX,
    onProgress(seeds, broken) {
      if (performance.now() - shownAt < 5_000) return
      shownAt = performance.now()
      console.log(`${seeds} of ${count} seeds, ${broken} broken`)
    },
  })
  for (const { seed, complaints } of broken) {
    console.log(`seed ${seed}: ${complaints.join('\n  ')}\n  npm run simulate -- --seed ${seed} --log`)
  }
  const seconds = (performance.now() - startedAt) / 1_000
  console.log([...struck].map(([what, times]) => `${what} ${times}`).join(', '))
  console.log(`${seeds} seeds in ${seconds.toFixed(1)} s, ${broken.length} broken`)
  return broken.length === 0 ? 0 : 1
}
