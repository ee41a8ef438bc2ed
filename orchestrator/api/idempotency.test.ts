import t from 'tap'
import { fingerprintOf, isKey } from './idempotency.ts'

t.test('a key has 1 to 255 visible ASCII characters', async (t) => {
  for (const key of ['k', 'hp-1', '~!"#$%&', 'k'.repeat(255)]) t.ok(isKey(key), key)
  for (const key of ['', ' ', 'a b', 'a\tb', 'é', 'a\u0000', '\u007f', 'k'.repeat(256), 'k\n']) {
    t.notOk(isKey(key), JSON.stringify(key))
  }
})

t.test('equal requests have equal fingerprints, however they were written', async (t) => {
  const one = fingerprintOf('commande', { a: 1, b: { c: 'é', d: [1, 2] } })
  t.equal(fingerprintOf('commande', JSON.parse('{"b":{"d":[1,2.0],"c":"\\u00e9"},"a":1e0}')), one)
  t.match(one, /^[\w-]{43}$/)
})

t.test('other requests have other fingerprints', async (t) => {
  const prints = [
    fingerprintOf('commande', { a: 1 }),
    fingerprintOf('retour', { a: 1 }),
    fingerprintOf('commande', { a: 2 }),
    fingerprintOf('commande', { a: '1' }),
    fingerprintOf('commande', { a: [1] }),
    fingerprintOf('commande', { a: null }),
    fingerprintOf('commande', {}),
    fingerprintOf('commande', { a: 1, b: 1 }),
  ]
  t.equal(new Set(prints).size, prints.length)
})
