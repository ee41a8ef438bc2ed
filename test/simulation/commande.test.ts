import t from 'tap'
import { commandeScenarios } from './commande-scenarios.ts'
import { machines } from '../../machines/registry.ts'
import { alwaysResumed, everySingleFault } from './faults.ts'

const newest = machines.at(-1)?.machine.version

/** The version that new sagas take, and a sixth of what befalls the one before: the engine is the same. */
const struck = commandeScenarios.filter(({ machine }, n) => machine.machine.version === newest || n % 6 === 0)

for (const [nr, scenario] of struck.entries()) {
  t.test(`${scenario.name} keeps every promise, whichever point a fault strikes`, async (t) => {
    const { faults, broken } = await everySingleFault(scenario, nr)
    t.same(broken, [])
    t.ok(faults > 16, `${faults} faults struck`)
  })
}

for (const scenario of commandeScenarios) {
  t.test(`${scenario.name} keeps every promise when resumed between every two transitions`, async (t) => {
    const { broken } = await alwaysResumed(scenario)
    t.same(broken, [])
  })
}
