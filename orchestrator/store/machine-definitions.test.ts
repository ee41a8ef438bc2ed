import t from 'tap'
import { createMachine } from 'xstate'
import { definitionOf, type Definition } from '../../machines/lock.ts'
import { openJournal } from '../../test/kit/journal-database.ts'
import { openStores } from './stores.ts'

const { url, pool } = await openJournal(t)
const stores = await openStores({ url, applicationName: 'test', leaseMs: 1000, partitions: undefined })
t.teardown(() => stores.close())
const { definitions } = stores

const lamp = (version: string, initial = 'off') =>
  definitionOf(createMachine({ id: 'lamp', version, initial, states: { [initial]: {} } }))

const read = async (version: string) => {
  const found = await definitions.find('lamp', version)
  return found && { hash: found.hash, definition: JSON.parse(found.definition) as Definition }
}

t.test('definitions are kept as they are, and told again', async (t) => {
  await definitions.add([lamp('1'), lamp('2', 'dark')])
  t.strictSame(await read('1'), { hash: lamp('1').hash, definition: lamp('1') })
  t.strictSame(await read('2'), { hash: lamp('2', 'dark').hash, definition: lamp('2', 'dark') })
  t.equal(await read('3'), undefined)
  for (const name of ['LAMP', '', '\0', '\uD800']) t.equal(await definitions.find(name, '1'), undefined)
})

const seen = async () =>
  (await pool.query('select machine, version, hash, first_seen_at from orchestrator.machine_definition')).rows

t.test('one that is known already stays as it was first seen', async (t) => {
  const before = await seen()
  await Promise.all([definitions.add([lamp('1')]), definitions.add([lamp('2', 'dark'), lamp('1')])])
  t.strictSame(await seen(), before)
})

t.test('of two under one version the last one that came is told', async (t) => {
  await definitions.add([lamp('1', 'lit')])
  t.match(await read('1'), { definition: { config: { initial: 'lit' } } })
})

t.test('none is nothing to add', async (t) => {
  await t.resolves(definitions.add([]))
})

t.test('whatever stands in a chart is kept, quotes and braces too', async (t) => {
  const odd = lamp('odd', `'"{\\},\u{1F4A1}\n\u0001`)
  await definitions.add([odd])
  t.strictSame((await read('odd'))?.definition, odd)
})
