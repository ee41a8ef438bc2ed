/** A harness that finds nothing proves nothing: here are the faults that it must find. */
import t from 'tap'
import { releaseEarly } from './cluster/mutations.ts'
import { commandeScenarios, happy, lateActions } from './commande-scenarios.ts'
import { driveAsTheDocsSay } from './docs-style.ts'
import { simulate, type Flaws, type Scenario } from './simulation.ts'
import type { Fault } from './planned-courier.ts'

t.test(
  'a stock actor persisted in subscribe calls steps before their announcement, in every run',
  async (t) => {
    for (const scenario of commandeScenarios) {
      const undisturbed = await driveAsTheDocsSay(scenario, () => undefined)
      t.match(undisturbed.join('\n'), 'was called before its announcement was committed', scenario.name)
    }
    for (let death = 5; death <= 16; death++) {
      const crashed = await driveAsTheDocsSay(happy, (point) => (point === death ? 'die' : undefined))
      t.match(crashed.join('\n'), 'before its announcement', `death at point ${death}`)
    }
  },
)

/** Complaints of all runs of a scenario with each of `faults` at each point, on a flawed system. */
async function complaintsWith(scenario: Scenario, flaws: Flaws, fault?: Fault): Promise<string> {
  const found = [...(await simulate(scenario, { flaws })).complaints]
  const { reached } = (await simulate(scenario)).courier
  for (const [index] of fault === undefined ? [] : reached.entries()) {
    const plan = (point: number) => (point === index + 1 ? fault : undefined)
    found.push(...(await simulate(scenario, { plan, flaws })).complaints)
  }
  return found.join('\n')
}

t.test('a host that releases effects before the commit is caught', async (t) => {
  t.match(await complaintsWith(happy, { engine: releaseEarly }), 'before its announcement')
})

t.test('a store without the fence, and two engines, are caught', async (t) => {
  t.match(await complaintsWith(happy, { store: { unfenced: true } }, 'nap'), 'had lost its lease')
})

t.test('a participant that keeps no tombstone is caught', async (t) => {
  const [scenario] = lateActions
  t.ok(scenario)
  if (scenario === undefined) return
  t.same((await simulate(scenario)).complaints, [])
  t.match(await complaintsWith(scenario, { ledger: { noTombstones: true } }), 'ended otherwise')
})

t.test('a participant that does not know a key again is caught', async (t) => {
  t.match(await complaintsWith(happy, { ledger: { noBarrier: true } }, 'die'), 'done twice')
})
