import t from 'tap'
import { createActor } from 'xstate'
import { sides } from '../../../test/kit/operated-charts.ts'
import { nested } from '../../../test/simulation/machines.ts'
import { openSteps } from './open-steps.ts'

const namesIn = (actor: { getSnapshot: () => Parameters<typeof openSteps>[0] }) =>
  openSteps(actor.getSnapshot()).map(({ id, declaration }) => [id, declaration.step])

t.test('the steps whose call is open are told in the order of their states, until they end', (t) => {
  const actor = createActor(sides)
  t.same(namesIn(actor), [
    ['a', 'a'],
    ['b', 'b'],
  ])
  Object.assign(actor.getSnapshot().children['a']?.getSnapshot() ?? {}, { status: 'done' })
  t.same(namesIn(actor), [['b', 'b']])
  t.end()
})

t.test('those of a machine within are its own', (t) => {
  t.same(namesIn(createActor(nested, { input: { nr: 1 } })), [])
  t.end()
})
