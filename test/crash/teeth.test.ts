// A ring that finds nothing wrong shows something only if it finds what is: orchestrators with a fault of their own.
import t from 'tap'
import { faultsOf } from './faults.ts'
import { Floor } from './floor.ts'
import { answerLost, committed, type Plan } from './point.ts'
import { crashRun } from './run.ts'
import { goneMeanwhileOnV1, happy, type Tale } from './tale.ts'

const floor = await Floor.open(t)

async function faultsIn(tale: Tale, ...plans: readonly Plan[]): Promise<string> {
  await floor.tidy()
  return (await faultsOf(floor, await crashRun(floor, tale, plans))).join('\n')
}

t.test('a call that comes before its commit is found', async (t) => {
  const faults = await faultsIn(happy, { dies: answerLost('lock'), mutation: 'calls before the commit' })
  t.match(faults, /^called before the commit that announces it: lock of saga/m)
  // The cart is held by a saga that nobody knows of.
  t.match(faults, /^status of the repeated call: found 409 instead of 201$/m)
})

t.test('a resumed call that forgets that an earlier life may have made it is found', async (t) => {
  const faults = await faultsIn(
    goneMeanwhileOnV1,
    { dies: answerLost('create') },
    { dies: committed('failed'), mutation: 'forgets unseen attempts' },
  )
  t.match(faults, /^ventes: found \[\[.*\]\] instead of \[\]$/m, 'a vente stands though all else is undone')
  t.notMatch(faults, /never came to the point/)
})

t.test('a call repeated under another key is found', async (t) => {
  const faults = await faultsIn(
    happy,
    { dies: answerLost('create') },
    { dies: committed('done'), mutation: 'gives calls new keys' },
  )
  t.match(faults, /^ventes: found \[(\[.*\]),\1\] instead of/m, 'two ventes of one commande')
  t.notMatch(faults, /never came to the point/)
})

t.test('a crash that did not come about is found', async (t) => {
  const faults = await faultsIn(happy, { dies: committed('undoing.create') })
  t.match(faults, /^never came to the point "committed, not yet called: undoing.create"/m)
})
