/** A simulation that finds nothing proves nothing: here is what it must find, and does. */
import t from 'tap'
import { mutations } from './mutations.ts'
import { runSeeds } from './run-seeds.ts'
import { sourceMutations } from './source-mutations.ts'

const SEEDS_MAX = 1_000

t.setTimeout(900_000)

for (const mutation of [...mutations.keys(), ...sourceMutations.keys()]) {
  t.test(`it is found within ${SEEDS_MAX} seeds that ${mutation}`, async (t) => {
    // One worker: most are found by a few seeds, and then the start of a second one costs more than it saves.
    const { broken, seeds } = await runSeeds({
      from: 1,
      count: SEEDS_MAX,
      workers: 1,
      brokenMax: 1,
      mutation,
    })
    t.not(broken.length, 0, `${seeds} seeds`)
    t.comment(`seed ${broken[0]?.seed}: ${broken[0]?.complaints[0]}`)
  })
}
