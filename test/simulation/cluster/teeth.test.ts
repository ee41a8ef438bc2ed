/** A simulation that finds nothing proves nothing: here is what it must find, and does. */
import { availableParallelism } from 'node:os'
import t from 'tap'
import { mutations } from './mutations.ts'
import { runSeeds } from './run-seeds.ts'
import { sourceMutations } from './source-mutations.ts'

const SEEDS_MAX = 1_000

t.setTimeout(900_000)

for (const mutation of [...mutations.keys(), ...sourceMutations.keys()]) {
  t.test(`it is found within ${SEEDS_MAX} seeds that ${mutation}`, async (t) => {
    const workers = availableParallelism()
    const { broken, seeds } = await runSeeds({ from: 1, count: SEEDS_MAX, workers, brokenMax: 1, mutation })
    t.not(broken.length, 0, `${seeds} seeds`)
    t.comment(`seed ${broken[0]?.seed}: ${broken[0]?.complaints[0]}`)
  })
}
