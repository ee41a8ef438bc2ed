import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { jsonOf, plain } from './plain.ts'

const hostile = 'a\u001b[31mred\u009b2J\u202eturned\u2066\u200bz\u0000\u007f\ud800'

t.test('what could command a terminal is shown as what it is', async (t) => {
  t.equal(plain('\u001b[2A'), '\\u{1b}[2A')
  t.equal(plain(hostile), stripVTControlCharacters(plain(hostile)))
  t.notMatch(plain(hostile), /[\p{Cc}\p{Cf}\p{Cs}]/u)
  t.equal(plain('two\nlines\tand a tab'), 'two lines and a tab')
})

t.test('all other text stays as it is', async (t) => {
  t.equal(plain('Größe 10 € — 東京 🙂'), 'Größe 10 € — 東京 🙂')
})

t.test('what is no text is told as JSON', async (t) => {
  t.equal(plain({ a: [1, null] }), '{"a":[1,null]}')
  t.equal(plain(undefined), '')
  t.equal(plain(4), '4')
})

t.test('JSON keeps every letter, and lets none through raw', async (t) => {
  const told = jsonOf({ hostile })
  t.notMatch(told, /(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u)
  t.strictSame(JSON.parse(told), { hostile })
  t.equal(jsonOf({ a: 1 }, 0), '{"a":1}')
})
