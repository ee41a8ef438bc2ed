// Sagas of every version that ever ran may be told again years later: these journals stand for them.
import t from 'tap'
import { machines as registered } from '../../../machines/registry.ts'
import { keptJournals } from '../../../test/kit/kept-journals.ts'
import { journalOf, type SagaFile } from '../../saga-file/saga-file.ts'
import { declaredIn } from './declared.ts'
import { ReplayMachines } from './machines.ts'
import { replay, type Retold } from './replay.ts'

const machines = new ReplayMachines(registered)

function told({ saga, events, definition, ...file }: SagaFile): Retold[] {
  const declared = definition === null ? undefined : declaredIn(definition)
  const journal = { saga, events, rows: journalOf(file) }
  return [
    ...replay(journal, {
      machines,
      declared: (version) => (version === saga.version ? declared : undefined),
    }),
  ]
}

t.test('the journals of every version are told as they were recorded', async (t) => {
  const seen = new Set<string>()
  for (const { name, file } of keptJournals()) {
    const { machine, version } = file.saga
    seen.add(`${machine}@${version}`)
    const all = told(file)
    t.same(
      all.flatMap(({ difference }) => difference ?? []),
      [],
      `${machine}@${version}: ${name}`,
    )
    t.ok(all.every(({ outcome }) => outcome === 'same'))
    t.equal(all.length, file.transitions.length)
  }
  const all = registered.map(({ machine }) => `${machine.id}@${machine.version}`)
  t.same([...seen].toSorted(), all.toSorted(), 'each version has some')
})

t.test('what a journal tells of its effects is what the participants noted', async (t) => {
  const ACTIONS: Readonly<Record<string, string>> = {
    lock: 'LOCK_CART',
    'undo lock': 'UNLOCK_CART',
    reserve: 'CREATE_RESERVATION',
    'undo reserve': 'RELEASE_RESERVATION',
    create: 'CREATE_VENTE',
    'undo create': 'DELETE_VENTE',
  }
  let all = 0
  for (const { name, file } of keptJournals()) {
    const calls = told(file).flatMap(({ effects }) => effects.begun)
    const called = new Set(calls.map(({ step, undo }) => ACTIONS[undo ? `undo ${step}` : step]))
    const noted = Object.values(file.service_events ?? {}).flat() as { action: string; outcome: string }[]
    const strange = noted.filter(({ action }) => !called.has(action))
    t.same(strange, [], `${file.saga.version}: ${name}`)
    all += noted.length
    for (const { key, step, undo } of calls) {
      t.equal(key, `${file.saga.saga_id}:${step}${undo ? ':undo' : ''}`)
    }
  }
  t.ok(all > 50, `${all} of them`)
})
