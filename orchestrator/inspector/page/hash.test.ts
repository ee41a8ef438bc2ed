import t from 'tap'
import { changed, hashOf, read } from './hash.ts'

t.test('an address comes back from its text', async (t) => {
  const address = { q: 'A-1 & b=#2', status: 'parked', machine: 'commande', saga: 'x', at: '5' }
  t.strictSame(read(hashOf(address)), address)
  t.strictSame(read('#'), {})
  t.strictSame(read(''), {})
})

t.test('the same view has the same text, in whatever order it was told', async (t) => {
  t.equal(hashOf({ at: '5', saga: 'x', q: 'A' }), hashOf({ q: 'A', saga: 'x', at: '5' }))
})

t.test('what is no member of an address is left out', async (t) => {
  t.strictSame(read('#__proto__=x&constructor=y&saga=x&made_up=1'), { saga: 'x' })
})

t.test('a member goes when it is undefined or empty', async (t) => {
  const address = { q: 'A', status: 'parked', saga: 'x' }
  t.strictSame(changed(address, { saga: undefined, q: '' }), { status: 'parked' })
  t.strictSame(read('#q=&saga=x'), { saga: 'x' })
  t.strictSame(changed(address, { q: 'B' }), { q: 'B', status: 'parked', saga: 'x' })
})
