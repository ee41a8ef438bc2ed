/** Scenarios of the machines in machines.ts. */
import type { AnyStateMachine } from 'xstate'
import * as shapes from './machines.ts'
import type { Conduct } from './ledger.ts'
import type { End, Scenario } from './simulation.ts'

interface Story {
  readonly name: string
  readonly machine: AnyStateMachine
  readonly nr?: number
  readonly conduct?: Readonly<Record<string, readonly Conduct[]>>
  readonly undoesAtOnce?: boolean
  readonly ends: readonly [End, ...End[]]
}

function scenario({ name, machine, nr = 2, conduct = {}, undoesAtOnce = false, ends }: Story): Scenario {
  const replies = Object.fromEntries(
    ['left', 'right', 'join', 'pick', 'wrap', 'ship', 'look'].map((step) => [step, { n: 3 }]),
  )
  return {
    name,
    machine: { machine, businessKey: 'nr' },
    input: { nr },
    participants: { conduct, replies },
    undoesAtOnce,
    ends,
  }
}

const done = (standing: readonly string[], ...events: string[]): End => ({ status: 'done', standing, events })
const failed = (...events: string[]): End => ({ status: 'failed', standing: [], events })

export const shapeScenarios: readonly Scenario[] = [
  scenario({
    name: 'two regions at a time, then a step',
    machine: shapes.parallel,
    ends: [
      done(['left', 'right', 'join'], 'LEFT', 'RIGHT', 'JOINED', 'DONE'),
      done(['right', 'left', 'join'], 'RIGHT', 'LEFT', 'JOINED', 'DONE'),
      // One call can take effect before the other, and be heard behind it.
      done(['left', 'right', 'join'], 'RIGHT', 'LEFT', 'JOINED', 'DONE'),
      done(['right', 'left', 'join'], 'LEFT', 'RIGHT', 'JOINED', 'DONE'),
    ],
  }),
  scenario({
    name: 'two regions, one of them refused while the other is under way',
    machine: shapes.parallel,
    conduct: { left: ['refuses'] },
    ends: [failed('FAILED'), failed('RIGHT', 'FAILED')],
  }),
  scenario({
    name: 'two regions undone after a doubt, one of them parking on the way',
    machine: shapes.parallel,
    undoesAtOnce: true,
    conduct: { join: ['does it, answer lost'], 'left:undo': ['unreachable', 'does it'] },
    ends: [failed('LEFT', 'RIGHT', 'FAILED'), failed('RIGHT', 'LEFT', 'FAILED')],
  }),
  scenario({
    name: 'a machine in a machine, which talk to each other',
    machine: shapes.nested,
    ends: [done(['pick', 'wrap', 'ship'], 'PICKED', 'PROGRESSED', 'WRAPPED', 'SHIPPED', 'DONE')],
  }),
  scenario({
    name: 'a machine in a machine in a machine',
    machine: shapes.deep,
    ends: [
      done(['pick', 'wrap', 'ship', 'call'], 'PICKED', 'PROGRESSED', 'WRAPPED', 'SHIPPED', 'DONE', 'OVER'),
    ],
  }),
  scenario({
    name: 'a machine that is over at once, and a state that keeps its finished step',
    machine: shapes.staying,
    ends: [
      done(['look', 'ship'], 'COUNTED', 'LOOKED', 'DONE_7'),
      // Where time runs while the call is open, its state is left before the answer.
      done(['look', 'ship'], 'COUNTED', 'DONE_4'),
      done(['ship', 'look'], 'COUNTED', 'DONE_4'),
      done(['ship'], 'COUNTED', 'DONE_4'),
    ],
  }),
  scenario({
    name: 'timers of every kind, and always',
    machine: shapes.timers,
    // At the same instant the patience and the fourth reminder are due; where time runs, all may come late.
    ends: [reminded(3), reminded(0), reminded(1), reminded(2), reminded(4)],
  }),
  scenario({
    name: 'a state left before its reminder is due',
    machine: shapes.timers,
    nr: 0.3,
    ends: [reminded(0), reminded(1)],
  }),
]

function reminded(times: number): End {
  const reminders = Array.from({ length: times }, () => 'REMINDED')
  return done(['ship'], 'TICKED', 'TICKED', ...reminders, ...(times > 2 ? ['LATE'] : []), 'DONE')
}
