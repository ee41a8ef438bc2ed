// What is told before a verb is sent, and what came of it when it was.
import t from 'tap'
import { machines as registered } from '../../../machines/registry.ts'
import { keptJournals } from '../../../test/kit/kept-journals.ts'
import { ReplayMachines } from '../replay/machines.ts'
import type { VerbEvent } from './operator-event.ts'
import { verbLeadsTo } from './possible.ts'

const machines = new ReplayMachines(registered)

t.test('every verb of the kept journals led where it was said to lead', async (t) => {
  const seen = new Set<string>()
  for (const { name, file } of keptJournals()) {
    const { saga, transitions } = file
    for (const [index, { event, state }] of transitions.entries()) {
      const verb = /^skald\.(?!migrate)(.*)$/.exec(event.type)?.[1]
      if (verb === undefined) continue
      const { snapshot } = transitions[index - 1] ?? {}
      const standing = { machine: machines.find(saga), snapshot, problem: null, hasEnded: false }
      const isEnd = index === transitions.length - 1
      const led = isEnd ? saga.status.toUpperCase() : state
      t.equal(verbLeadsTo(standing, event as unknown as VerbEvent), led, `${saga.version} ${name}: ${verb}`)
      seen.add(`${saga.version} ${verb}`)
    }
  }
  const verbs = ['abandon', 'cancel', 'compensate', 'complete', 'retry', 'skip']
  t.same(
    [...seen].toSorted(),
    ['1', '2'].flatMap((version) => verbs.map((verb) => `${version} ${verb}`)),
  )
})
