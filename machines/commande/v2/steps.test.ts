import t from 'tap'
import { Value } from 'typebox/value'
import type { Step, StepDeclaration } from '../../step.ts'
import * as v1 from '../v1/steps.ts'
import * as steps from './steps.ts'

/** The request of a step, as the orchestrator would send it. */
const requestOf = <Input, Output>({ declaration }: Step<Input, Output>, input: Input) =>
  declaration.request(input as never)

const nameOf = ({ declaration: { participant, step, undo } }: { declaration: StepDeclaration }) =>
  `${participant} ${step}${undo ? ' undo' : ''}`

t.test('every step has its name, its participant and its request from v1', async (t) => {
  t.same(Object.values(steps).map(nameOf), Object.values(v1).map(nameOf))
  t.same(requestOf(steps.unlockCart, { cart_id: 'c' }), requestOf(v1.unlockCart, { cart_id: 'c' }))
  const reservation = { reservation_id: 'r' }
  t.same(requestOf(steps.releaseStock, reservation), requestOf(v1.releaseStock, reservation))
})

const ID = '0197c0de-0000-7000-8000-00000000000c'

t.test('a person may name another cart to unlock, and another reservation to release', async (t) => {
  const { correction: cart = {} } = steps.unlockCart.declaration
  const { correction: reservation = {} } = steps.releaseStock.declaration
  t.ok(Value.Check(cart, { cart_id: ID }))
  t.ok(Value.Check(reservation, { reservation_id: ID }))
  for (const wrong of [{}, { cart_id: 'c' }, { cart_id: ID, magasin_id: 1 }, null]) {
    t.notOk(Value.Check(cart, wrong), JSON.stringify(wrong))
  }
  for (const wrong of [{}, { reservation_id: 7 }, { reservation_id: ID, cart_id: ID }]) {
    t.notOk(Value.Check(reservation, wrong), JSON.stringify(wrong))
  }
})

t.test('no step is called with another input than the first time, nor another vente deleted', async (t) => {
  const { lockCart, reserveStock, createVente, deleteVente } = steps
  for (const { declaration } of [lockCart, reserveStock, createVente, deleteVente]) {
    t.equal(declaration.correction, undefined, declaration.step)
  }
})
