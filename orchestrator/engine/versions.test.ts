import t from 'tap'
import { setup } from 'xstate'
import { HandClock } from '../../test/kit/hand-clock.ts'
import { listening, silent, surroundings } from '../../test/kit/operated-charts.ts'
import { Bench } from '../../test/simulation/bench.ts'
import type { Migrate } from '../../machines/migration.ts'
import { prepare } from './prepare.ts'
import { nameOf, Versions } from './versions.ts'

const nobody = { call: () => Promise.reject(new Error('nothing is called')) }

const second = surroundings.createMachine({
  id: 'm',
  version: '2',
  context: { n: 0 },
  initial: 'doing',
  states: {
    doing: {
      initial: 'a',
      states: {
        a: { invoke: { id: 'a', src: 'a', input: { nr: 1 }, onDone: 'rest', onError: '#m.over' } },
        rest: {},
      },
    },
    over: { type: 'final' },
  },
})

const versionsWith = (migrate?: Migrate) =>
  new Versions(
    [listening, second].map((machine) =>
      prepare({ machine, ...(migrate && { migrate }) }, nobody, new HandClock()),
    ),
  )

const { persisted } = new Bench(listening)
const from = { machine: 'm', version: '1' }

t.test('each version is found by its name, and the last one is the newest', (t) => {
  const versions = versionsWith()
  t.same(versions.names, ['m@1', 'm@2'])
  t.same(versions.machines, ['m'])
  t.equal(versions.newest('m')?.version, '2')
  t.equal(versions.find(from)?.version, '1')
  t.equal(versions.find({ machine: 'm', version: '3' }), undefined)
  t.equal(nameOf('m', '1'), 'm@1')
  t.end()
})

t.test('a snapshot is moved as the newest version says, and tells where it stands there', (t) => {
  const versions = versionsWith((snapshot, way) => ({ ...snapshot, context: { ...snapshot.context, way } }))
  const migration = versions.migrate(persisted, from, '2')
  t.match(migration, {
    kind: 'moved',
    to: { status: 'running', state: 'doing.a', step: 'a', wakeAt: 'in_flight' },
  })
  t.match(migration, { to: { snapshot: { context: { n: 0, way: { from: '1', to: '2' } } } } })
  t.notMatch(persisted, { context: { way: {} } }, 'the one before stays as it is')
  const resting = versionsWith((snapshot) => ({ ...snapshot, value: { doing: 'rest' }, children: {} }))
  t.match(resting.migrate(persisted, from, '2'), {
    to: { state: 'doing.rest', step: null, wakeAt: 'on_event' },
  })
  t.end()
})

/** Why it is refused, in words. */
const why = (migrate?: Migrate, to = '2') => {
  const migration = versionsWith(migrate).migrate(persisted, from, to)
  return migration.kind === 'refused' ? migration.why : 'moved'
}

t.test('why it can not be moved is told in words', (t) => {
  t.match(why(undefined, '3'), /no version 3 here/)
  t.match(why(undefined, '1'), /on version 1 already/)
  t.match(why(), /declares no migration/)
  t.match(
    why(() => undefined),
    /no way from 1 to 2/,
  )
  t.match(
    why(() => {
      throw new Error('it broke')
    }),
    /threw: Error: it broke/,
  )
  t.match(
    why((snapshot) => ({ ...snapshot, value: 'gone' })),
    /gone/,
  )
  t.end()
})

/** With something more in its context. */
const moved = (more: object) =>
  versionsWith((snapshot) => ({ ...snapshot, context: { ...snapshot.context, ...more } })).migrate(
    persisted,
    from,
    '2',
  )

t.test(
  'what can not be stored is refused, and what would be lost on the way to the store is missing',
  (t) => {
    t.match(moved({ n: 1n }), { kind: 'refused', why: /BigInt/ })
    const { to } = moved({ n: undefined, at: new Date(0) }) as { to: { snapshot: { context: object } } }
    t.same(to.snapshot.context, { at: '1970-01-01T00:00:00.000Z' })
    t.end()
  },
)

t.test('of two machines each has its own versions', (t) => {
  const other = setup({}).createMachine({ id: 'other', version: '1' })
  const versions = new Versions(
    [silent, other].map((machine) => prepare({ machine }, nobody, new HandClock())),
  )
  t.same(versions.machines, ['m', 'other'])
  t.equal(versions.newest('none'), undefined)
  t.end()
})
