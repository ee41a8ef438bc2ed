// Commandes that are moved to the other version, from every state of their own.
import t from 'tap'
import type { AnyMachineSnapshot } from 'xstate'
import { migrateCommande } from '../../machines/commande/migrate.ts'
import { walk } from '../../machines/commande/walk.ts'
import type { PersistedSnapshot } from '../../machines/migration.ts'
import { durable } from '../../orchestrator/engine/durable.ts'
import { misfitOf } from '../../orchestrator/engine/fit.ts'
import { statePath } from '../../orchestrator/engine/status.ts'
import {
  commandeOf,
  commandeScenario,
  DONE,
  failedAfter,
  type Happening,
  type Version,
} from './commande-scenarios.ts'
import { alwaysResumed, everySingleFault, undisturbed } from './faults.ts'
import { simulate, type Scenario } from './simulation.ts'

const WAYS = [
  { from: '1', to: '2' },
  { from: '2', to: '1' },
] as const
type Way = (typeof WAYS)[number]

const nameOf = ({ from, to }: Way) => `from v${from} to v${to}`

/** As the journal would have it, in every state that a commande can come to; with the timers of that moment. */
function persistedStates(version: Version): PersistedSnapshot[] {
  const machine = durable(commandeOf(version).machine, () => 1_000)
  const { reached } = walk(machine, {
    sent: ['CANCEL', 'RETRY'],
    forward: ['refused', 'unreachable', 'in doubt'],
    back: ['in doubt'],
  })
  const persisted = (snapshot: AnyMachineSnapshot) =>
    JSON.parse(JSON.stringify(machine.getPersistedSnapshot(snapshot))) as PersistedSnapshot
  return reached.filter(({ status }) => status === 'active').map(persisted)
}

/** Where v1 would not know what went before. */
const isAskedAgain = ({ value, context }: PersistedSnapshot) =>
  statePath(value) === 'parked.doing' || (statePath(value) === 'doing.create' && context['parked'] !== null)

for (const way of WAYS) {
  const states = persistedStates(way.from)
  const { machine } = commandeOf(way.to)

  t.test(`${nameOf(way)}, every state fits the other chart, or has no way there`, async (t) => {
    const lost = states.filter((snapshot) => migrateCommande(snapshot, way) === undefined)
    t.same(lost, way.from === '2' ? states.filter(isAskedAgain) : [])
    t.ok(states.length - lost.length > 20, `${states.length} states, ${lost.length} without a way`)
    for (const snapshot of states) {
      const moved = migrateCommande(snapshot, way)
      if (moved === undefined) continue
      const [was, is] = [snapshot, moved].map(({ value }) => statePath(value).replace('.undoing', ''))
      t.equal(is, was)
      t.equal(misfitOf(machine, moved), undefined, `in ${was}`)
      t.same(moved.context, snapshot.context)
      t.same(Object.keys(moved.timers).length, Object.keys(snapshot.timers).length)
      t.same(
        Object.values(moved.timers).map(({ dueAt }) => dueAt),
        Object.values(snapshot.timers).map(({ dueAt }) => dueAt),
      )
    }
  })

  t.test(`${nameOf(way)} and back, a commande stands where it stood`, async (t) => {
    for (const snapshot of states) {
      const there = migrateCommande(snapshot, way)
      const back = there && migrateCommande(there, { from: way.to, to: way.from })
      if (back === undefined) continue
      // Where it went forward from last is of no use any more: it never goes there again.
      const { 'commande.doing.whereItStopped': _unused, ...historyValue } = snapshot.historyValue ?? {}
      t.same(back, { ...snapshot, historyValue })
    }
  })
}

t.test('there is no way to a version that nobody wrote', async (t) => {
  const [snapshot] = persistedStates('1')
  t.ok(snapshot)
  if (snapshot === undefined) return
  t.equal(migrateCommande(snapshot, { from: '1', to: '3' }), undefined)
  t.equal(migrateCommande(snapshot, { from: '0', to: '1' }), undefined)
})

/** Each ends the same in both versions, wherever it is moved. */
const STORIES: Readonly<Record<string, Happening>> = {
  'that nothing befalls': { ends: [DONE] },
  'whose create is refused': { conduct: { create: ['refuses'] }, ends: [failedAfter(2, 2)] },
  'whose create stays in doubt, and whose reservation stays for a while': {
    conduct: {
      create: ['nothing done, answer lost'],
      'reserve:undo': ['nothing done, answer lost', 'unreachable', 'does it'],
    },
    ends: [failedAfter(2, 3)],
  },
}

interface Move {
  readonly way: Way
  readonly state: string
  readonly patienceMs: number
}

function movedScenario(name: string, story: Happening, { way, state, patienceMs }: Move): Scenario {
  const { from, to } = way
  const { migrate } = commandeOf('2')
  const event = { type: 'skald.migrate', actor: 'anne', reason: 'a test', from, to }
  return {
    ...commandeScenario(from, `${name}, moved to v${to} in ${state} after ${patienceMs} ms`, {
      ...story,
      operator: [{ state, event, patienceMs }],
    }),
    // New ones begin with the version that is moved from, so that version has to know the way.
    machine: { ...commandeOf(from), ...(migrate && { migrate }) },
    beside: [commandeOf(to)],
  }
}

/** The states in which an undisturbed commande of this story stays for a moment. */
async function statesOf(name: string, story: Happening, version: Version): Promise<string[]> {
  const { outcome } = await undisturbed(commandeScenario(version, name, story))
  const states = outcome.saga?.journal.map(({ state }) => state) ?? []
  return [...new Set(states)].filter((state) => !['done', 'failed'].includes(state))
}

/** Whether, once, it arrived there. */
async function isMoved(scenario: Scenario, { to }: Way): Promise<boolean> {
  const { complaints, saga } = await simulate(scenario)
  t.same(complaints, [], scenario.name)
  return saga?.start.version === to
}

for (const way of WAYS) {
  const struck = new Set<string>()
  for (const [name, story] of Object.entries(STORIES)) {
    for (const state of await statesOf(name, story, way.from)) {
      const scenario = (patienceMs: number) => movedScenario(name, story, { way, state, patienceMs })
      const stays = state === 'parked.doing'
      const words = `a commande ${name}, moved ${nameOf(way)} in ${state},`

      t.test(`${words} ${stays ? 'stays' : 'goes on'}`, async (t) => {
        t.equal(await isMoved(scenario(0), way), !stays)
        for (const patienceMs of [1, 2, 3, 4]) t.type(await isMoved(scenario(patienceMs), way), 'boolean')
      })

      // One story for each state: what strikes the others there strikes this one too.
      if (struck.has(state)) continue
      struck.add(state)
      t.test(`${words} keeps every promise, whichever point a fault strikes`, async (t) => {
        const { faults, broken } = await everySingleFault(scenario(0), struck.size)
        t.same(broken, [])
        t.ok(faults > 16, `${faults} faults struck`)
        t.same((await alwaysResumed(scenario(0))).broken, [])
      })
    }
  }
}

t.test('create in doubt is undone at once on v1, and asked again on v2, wherever it began', async (t) => {
  const story: Happening = {
    conduct: { create: ['does it, answer lost', 'does it'] },
    ends: [DONE, failedAfter(2, 3)],
  }
  const endOf = async (move: Move) => {
    const { complaints, saga } = await simulate(movedScenario('whose create is in doubt once', story, move))
    t.same(complaints, [])
    return saga?.status
  }
  const [forward, back] = WAYS
  t.equal(await endOf({ way: forward, state: 'doing.reserve', patienceMs: 0 }), 'done')
  t.equal(await endOf({ way: back, state: 'doing.reserve', patienceMs: 0 }), 'failed')
})
