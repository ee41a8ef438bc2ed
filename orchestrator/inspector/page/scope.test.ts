import t from 'tap'
import { chosenIn, isMixed, scopesOf } from './scope.ts'
import type { Count, KnownMachine } from './types.ts'

const known: readonly KnownMachine[] = [
  {
    machine: 'commande',
    versions: [
      { version: '0', newest: false, here: false },
      { version: '1', newest: false, here: true },
      { version: '2', newest: true, here: true },
    ],
  },
  { machine: 'trip', versions: [{ version: '1', newest: true, here: true }] },
]

const count = (machine: string, version: string, status: Count['status'], sagas: number): Count => ({
  machine,
  version,
  status,
  state: status,
  sagas,
})

t.test('an old version is seen to drain: it tells its sagas, and those still open', async (t) => {
  const [commande] = scopesOf(known, [
    count('commande', '1', 'done', 90),
    count('commande', '1', 'parked', 3),
    count('commande', '2', 'running', 5),
  ])
  t.strictSame(commande, {
    machine: 'commande',
    sagas: 98,
    open: 8,
    versions: [
      { version: '2', isNewest: true, sagas: 5, open: 5 },
      { version: '1', isNewest: false, sagas: 93, open: 3 },
      { version: '0', isNewest: false, sagas: 0, open: 0 },
    ],
  })
})

t.test('what only sagas tell of is among them', async (t) => {
  const scopes = scopesOf(known, [count('gone', '7', 'parked', 1), count('trip', '9', 'running', 1)])
  t.strictSame(
    scopes.map(({ machine, versions }) => [machine, ...versions.map(({ version }) => version)]),
    [
      ['commande', '2', '1', '0'],
      ['trip', '1', '9'],
      ['gone', '7'],
    ],
  )
})

t.test('the chart is that of the address, else the newest of the machine with the most sagas', async (t) => {
  const scopes = scopesOf(known, [count('trip', '1', 'done', 2), count('commande', '1', 'done', 1)])
  t.strictSame(chosenIn(scopes, {}), { machine: 'trip', version: '1' })
  t.strictSame(chosenIn(scopes, { machine: 'commande' }), { machine: 'commande', version: '2' })
  t.strictSame(chosenIn(scopes, { machine: 'commande', version: '1' }), { machine: 'commande', version: '1' })
  t.strictSame(chosenIn(scopes, { version: '2' }), { machine: 'commande', version: '2' })
  t.strictSame(chosenIn(scopes, { machine: 'gone', version: '7' }), { machine: 'gone', version: '7' })
  t.equal(chosenIn(scopes, { machine: 'gone' }), null)
  t.equal(chosenIn([], {}), null)
})

t.test('sagas of one version alone need not say which', async (t) => {
  const [commande] = known
  const one = commande === undefined ? [] : [commande]
  t.notOk(isMixed(scopesOf(one, [count('commande', '2', 'done', 1)])))
  t.ok(isMixed(scopesOf(one, [count('commande', '2', 'done', 1), count('commande', '1', 'done', 1)])))
  t.ok(isMixed(scopesOf(known, [])))
})
