import t from 'tap'
import { alwaysResumed, everySingleFault } from './faults.ts'
import { shapeScenarios } from './shape-scenarios.ts'

for (const scenario of shapeScenarios) {
  t.test(`${scenario.name}: every promise is kept, whichever point a fault strikes`, async (t) => {
    const { faults, broken } = await everySingleFault(scenario)
    t.same(broken, [])
    t.ok(faults > 16, `${faults} faults struck`)
  })

  t.test(`${scenario.name}: every promise is kept by a saga that is always resumed`, async (t) => {
    const { broken } = await alwaysResumed(scenario)
    t.same(broken, [])
  })
}
