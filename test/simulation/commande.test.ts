import t from 'tap'
import { commandeScenarios } from './commande-scenarios.ts'
import { alwaysResumed, everySingleFault } from './faults.ts'

for (const scenario of commandeScenarios) {
  t.test(`${scenario.name} keeps every promise, whichever point a fault strikes`, async (t) => {
    const { faults, broken } = await everySingleFault(scenario)
    t.same(broken, [])
    t.ok(faults > 16, `${faults} faults struck`)
  })

  t.test(`${scenario.name} keeps every promise when resumed between every two transitions`, async (t) => {
    const { broken } = await alwaysResumed(scenario)
    t.same(broken, [])
  })
}
