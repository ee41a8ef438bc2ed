import { Registry } from 'prom-client'
import t from 'tap'
import { createMachine } from 'xstate'
import { machines as registered } from '../../machines/registry.ts'
import { States } from './states.ts'

const regions = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, nr) => [`r${nr}`, { initial: 'x', states: { x: {}, y: {} } }]),
  )

const trip = createMachine({
  id: 'trip',
  initial: 'doing',
  states: {
    doing: { type: 'parallel', states: regions(2) },
    undoing: {
      initial: 'car',
      states: { car: { initial: 'a', states: { a: {} } }, back: { type: 'history' } },
    },
    parked: {},
  },
})

const states = new States(
  new Registry(),
  [trip, createMachine({ id: 'wide', type: 'parallel', states: regions(20) })].concat(
    registered.map(({ machine }) => machine as typeof trip),
  ),
)

const labelOf = (machine: string, state: string) => states.labelsOf(machine, state).state

t.test('states are called as the API shows them', async (t) => {
  t.equal(labelOf('trip', 'doing.r0.x,r1.y'), 'doing.r0.x,r1.y')
  t.equal(labelOf('trip', 'undoing.car.a'), 'undoing.car.a')
  t.equal(labelOf('trip', 'parked'), 'parked')
  t.equal(labelOf('commande', 'doing.reserve'), 'doing.reserve')
})

const wide = Array.from({ length: 20 }, (_, nr) => `r${nr}.x`)

t.test('regions have one name, in whichever order they were entered', async (t) => {
  t.equal(labelOf('wide', wide.join(',')), wide.join(','))
  t.equal(labelOf('wide', wide.toReversed().join(',')), wide.join(','))
})

t.test('what no chart here knows is other', async (t) => {
  for (const state of ['', 'undoing', 'undoing.car', 'undoing.back', 'doing.r0.x', 'DONE', '__proto__'])
    t.equal(labelOf('trip', state), 'other', state)
  t.same(states.labelsOf('gone', 'parked'), { machine: 'gone', state: 'other' })
})

t.test('a chart with a million states has a hundred names, and other', async (t) => {
  const all = Array.from({ length: 1_024 }, (_, bits) =>
    labelOf(
      'wide',
      Array.from({ length: 20 }, (_, nr) => `r${nr}.${(bits >> (19 - nr)) & 1 ? 'y' : 'x'}`).join(),
    ),
  )
  t.equal(new Set(all).size, 101)
})

t.test('a machine is one, whatever its versions', async (t) => {
  t.same(states.machines, ['trip', 'wide', 'commande'])
})
