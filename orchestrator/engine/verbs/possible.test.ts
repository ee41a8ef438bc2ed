import t from 'tap'
import { assign, type AnyStateMachine } from 'xstate'
import { forward, listening, silent, surroundings } from '../../../test/kit/operated-charts.ts'
import { OperatedSaga } from '../../../test/kit/operated-saga.ts'
import { HandClock } from '../../../test/kit/hand-clock.ts'
import { prepare } from '../prepare.ts'
import type { Problem } from '../ports.ts'
import { allowsVerb, possibleVerbs, verbLeadsTo } from './possible.ts'

const nobody = { call: () => Promise.reject(new Error('nothing is called')) }
const prepared = (machine: AnyStateMachine) => prepare({ machine }, nobody, new HandClock())
const stuck: Problem = { code: 'MACHINE_FAILED', message: 'it broke' }
const by = { actor: 'ada', reason: 'why not' }

t.test('what is possible is told by the chart, where the saga stands', async (t) => {
  const saga = await new OperatedSaga(listening).begin()
  t.same(saga.possible, ['complete a', 'compensate', 'cancel', 'abandon'])
  await saga.fail()
  t.same(saga.possible, ['skip a', 'abandon'])
  await saga.fail()
  t.same(saga.possible, ['retry a', 'skip a', 'abandon'])
  await saga.act('skip', { step: 'a' })
  t.same(saga.possible, [], 'it has ended')
})

t.test('what is told to be possible is, and nothing else', async (t) => {
  for (const machine of [listening, silent, forward]) {
    const stages = [0, 1, 2].map((failures) => async () => {
      const saga = await new OperatedSaga(machine).begin()
      for (let n = 0; n < failures; n++) await saga.fail()
      return saga
    })
    for (const stage of stages) {
      for (const verb of ['retry', 'skip', 'complete', 'compensate', 'cancel', 'abandon'] as const) {
        const saga = await stage()
        const told = saga.possible.find((one) => one.startsWith(verb))
        const step = told?.split(' ')[1]
        const outcome = await saga.act(verb, {
          ...(step && { step }),
          ...(verb !== 'retry' && { output: { n: 1 } }),
        })
        t.match(
          outcome,
          told === undefined ? /^ignored/ : /^applied/,
          `${verb} in ${saga.saga.journal.at(-1)?.state}`,
        )
        t.equal(saga.difference, undefined)
      }
    }
  }
})

t.test(
  'a saga that the engine parked can be tried again, and given up, whether or not it can be read',
  async (t) => {
    const saga = await new OperatedSaga(listening).begin()
    const { snapshot } = saga
    const verbsOf = (standing: Partial<Parameters<typeof possibleVerbs>[0]>) =>
      possibleVerbs({
        machine: prepared(listening),
        snapshot,
        problem: stuck,
        hasEnded: false,
        ...standing,
      }).map(({ verb }) => verb)
    t.same(verbsOf({}), ['retry', 'complete', 'compensate', 'cancel', 'abandon'])
    t.same(verbsOf({ machine: undefined }), ['retry', 'abandon'])
    t.same(verbsOf({ snapshot: { status: 'active' } }), ['retry', 'abandon'], 'it does not fit')
    t.same(verbsOf({ snapshot: { ...Object(snapshot), historyValue: { m: [null] } } }), ['retry', 'abandon'])
    t.same(verbsOf({ machine: undefined, problem: null }), ['abandon'])
  },
)

t.test('a guard that throws allows nothing', async (t) => {
  const machine = surroundings.createMachine({
    id: 'm',
    version: '1',
    context: { n: 0 },
    initial: 'doing',
    states: {
      doing: {
        invoke: { id: 'a', src: 'a', input: { nr: 1 }, onDone: 'done', onError: 'parked' },
        on: { CANCEL: { guard: throwIt, target: 'done' } },
      },
      parked: { on: { RETRY: { guard: throwIt, target: 'doing' } } },
      done: { type: 'final' },
    },
  })
  const saga = await new OperatedSaga(machine).begin()
  t.same(saga.possible, ['complete a', 'abandon'])
  await saga.fail()
  t.same(saga.possible, ['abandon'])
})

function throwIt(): never {
  throw new Error('it broke')
}

t.test('a verb is tried out with all that it brings', async (t) => {
  const picky = surroundings.createMachine({
    id: 'm',
    version: '1',
    context: { n: 0 },
    initial: 'doing',
    states: {
      doing: {
        invoke: {
          id: 'a',
          src: 'a',
          input: { nr: 1 },
          onError: 'done',
          onDone: {
            target: 'done',
            actions: assign({ n: ({ event }) => Number(event['output'].n.toFixed()) }),
          },
        },
      },
      done: { type: 'final' },
    },
  })
  const saga = await new OperatedSaga(picky).begin()
  const standing = { machine: prepared(picky), snapshot: saga.snapshot, problem: null, hasEnded: false }
  const complete = (output: unknown) => ({ type: 'skald.complete', ...by, step: 'a', output }) as const
  t.equal(allowsVerb(standing, complete({ n: 1 })), true)
  t.equal(allowsVerb(standing, complete({})), false)
  t.equal(allowsVerb({ ...standing, hasEnded: true }, complete({ n: 1 })), false)
  t.equal(verbLeadsTo(standing, complete({ n: 1 })), 'DONE')
  t.equal(verbLeadsTo(standing, { type: 'skald.abandon', ...by }), 'FAILED')
  t.equal(verbLeadsTo(standing, complete({})), undefined)
  t.equal(verbLeadsTo({ ...standing, machine: undefined }, complete({})), null)
  t.equal(allowsVerb({ ...standing, machine: undefined }, complete({})), true, 'its owner will know')
  const retry = { type: 'skald.retry', ...by } as const
  t.equal(allowsVerb(standing, retry), false)
  t.equal(allowsVerb({ ...standing, problem: stuck }, retry), true)
})
