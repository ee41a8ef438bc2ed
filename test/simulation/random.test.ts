import t from 'tap'
import { commandeScenarios } from './commande-scenarios.ts'
import { randomTriple, undisturbed } from './faults.ts'
import { shapeScenarios } from './shape-scenarios.ts'

/** One seed to see a failure again; else this many, from 1, for each scenario. */
const SEEDS = 15
const { SKALD_SEED } = process.env
const seeds = SKALD_SEED === undefined ? Array.from({ length: SEEDS }, (_, n) => n + 1) : [Number(SKALD_SEED)]

for (const scenario of [...commandeScenarios, ...shapeScenarios]) {
  t.test(`${scenario.name}: every promise is kept through any three faults, in any order`, async (t) => {
    const { outcome } = await undisturbed(scenario)
    let struck = 0
    for (const seed of seeds) {
      const { faults, broken } = await randomTriple(scenario, seed, outcome.courier.reached.length)
      t.same(broken, [])
      struck += faults
    }
    t.ok(struck > seeds.length / 2, `${struck} faults struck in ${seeds.length} runs`)
  })
}
