import t from 'tap'
import { maskOf } from './mask.ts'
import { REDACTED, redactedIn, redactor } from './redact.ts'
import { Shown } from './shown.ts'

const names = new Set(['card', 'pin', '__proto__'])
const redact = redactor({ names })

t.test('members of these names are put out of sight, however deep, and nothing else is', async (t) => {
  const value = {
    card: { number: '4111' },
    lines: [{ pin: 1234, cards: 2 }, 'card', null],
    ofCard: { card: null, deep: [[{ pin: '' }]] },
  }
  t.strictSame(redact(value), {
    card: REDACTED,
    lines: [{ pin: REDACTED, cards: 2 }, 'card', null],
    ofCard: { card: REDACTED, deep: [[{ pin: REDACTED }]] },
  })
  t.strictSame(value.card, { number: '4111' }, 'what it was made of stays')
})

t.test('where nothing is out of sight there is no copy', async (t) => {
  const [clean, part] = [{ a: [{ b: 1 }] }, { deep: true }]
  t.equal(redact(clean), clean)
  const shown = redact({ card: 1, part }) as { part: object }
  t.equal(shown.part, part)
  for (const plain of ['card', 7, null, undefined, true]) t.equal(redact(plain), plain)
})

t.test('a member called __proto__ is one like any other', async (t) => {
  const other = redactor({ names: new Set(['card']) })
  const shown = other(JSON.parse('{"__proto__": {"card": 1}, "card": 2}')) as object
  t.equal(JSON.stringify(shown), `{"__proto__":{"card":"${REDACTED}"},"card":"${REDACTED}"}`)
  t.equal(Object.getPrototypeOf(shown), Object.prototype)
  t.equal(JSON.stringify(redact(JSON.parse('{"__proto__": 1}'))), `{"__proto__":"${REDACTED}"}`)
})

t.test('what is nested too deep to be looked into is not shown', async (t) => {
  const deep = JSON.parse(`${'['.repeat(5_000)}{"secret":1}${']'.repeat(5_000)}`)
  t.notMatch(JSON.stringify(redact(deep)), 'secret')
  t.equal(redactedIn(names, deep).size, 0)
})

t.test('a text tells no value that is out of sight, in whatever form it quotes it', async (t) => {
  const found = redactedIn(names, { card: ['4111 1111/é', { owner: 'Ada "L" Byron' }], pin: 123, n: 9999 })
  t.strictSame([...found], ['4111 1111/é', 'Ada "L" Byron', '123'])
  const { text } = maskOf(names, found)
  for (const [told, shown] of [
    ['there is no 4111 1111/é here', `there is no ${REDACTED} here`],
    ['GET /cards/4111%201111%2F%C3%A9/', `GET /cards/${REDACTED}/`],
    ['ADA "l" BYRON', REDACTED],
    [String.raw`{"of":"Ada \"L\" Byron"}`, `{"of":"${REDACTED}"}`],
    ['pin 123, not 12345', `pin ${REDACTED}, not 12345`],
    ['cut in the middle of 4111 11', `cut in the middle of ${REDACTED}`],
    [String.raw`{"of":"4111 1111\/\u00e9"}`, `{"of":"${REDACTED}"}`],
    [String.raw`{"of":"4111 1111/\u00E9"}`, `{"of":"${REDACTED}"}`],
    ['GET /cards?of=4111+1111%2F%C3%A9&n=1', `GET /cards?of=${REDACTED}&n=1`],
    ['cut in the middle of ADA', 'cut in the middle of ADA'],
    [String.raw`cut in the middle of ADA \"L\" BY`, `cut in the middle of ${REDACTED}`],
    ['cut in the middle of Ada+%22L%22+By', `cut in the middle of ${REDACTED}`],
    ['{"card":"5500 0000","more":1}', REDACTED],
    [String.raw`"{\"pin\": 7}"`, REDACTED],
    ['a=1&pin=77', REDACTED],
    ['<card>5500</card>', REDACTED],
    ['the card is not the pin', 'the card is not the pin'],
    ['scorecard: 12', 'scorecard: 12'],
  ] as const)
    t.equal(text(told), shown, told)
})

t.test(
  'a text that a long value begins in, or that may quote one of very many, is not told at all',
  async (t) => {
    const long = 'x'.repeat(150) + 'y'.repeat(150)
    t.equal(maskOf(names, new Set([long])).text(`it was ${long.slice(0, 250)}`), REDACTED)
    const quoted = 'said "no" '.repeat(30)
    t.equal(maskOf(names, new Set([quoted])).text(`it was ${JSON.stringify(quoted)}`), REDACTED)
    const many = maskOf(names, new Set(Array.from({ length: 201 }, (_, index) => `value ${index}`)))
    t.equal(many.text('harmless'), REDACTED)
    t.strictSame([many.datum('value 7'), many.datum('harmless')], [REDACTED, 'harmless'])
  },
)

t.test('of a snapshot is left where it stands, also of what runs within it', async (t) => {
  const shown = new Shown(new Set(['value', 'status', 'secret']), [])
  const child = {
    status: 'active',
    value: 'waiting',
    input: { secret: 1 },
    context: { value: 'secret', a: 1 },
  }
  const snapshot = {
    status: 'active',
    value: { doing: 'pay' },
    context: { secret: 'abcdef', note: 'it is abcdef', status: 'x' },
    timers: { 'xstate.after.1': { dueAt: 5 } },
    children: { pay: { src: 'pay', snapshot: child } },
  }
  t.strictSame(shown.learnSnapshot(snapshot).snapshot(snapshot), {
    status: 'active',
    value: { doing: 'pay' },
    context: { secret: REDACTED, note: `it is ${REDACTED}`, status: REDACTED },
    timers: { 'xstate.after.1': { dueAt: 5 } },
    children: {
      pay: {
        src: 'pay',
        snapshot: {
          status: 'active',
          value: 'waiting',
          input: { secret: REDACTED },
          context: { value: REDACTED, a: 1 },
        },
      },
    },
  })
})

t.test('a changed member is told by where it is', async (t) => {
  const shown = new Shown(new Set(['card']), [])
  const change = (path: string) => shown.change({ path, before: undefined, after: { number: 1 } })
  t.strictSame(change('context.card.owner'), {
    path: 'context.card.owner',
    before: undefined,
    after: REDACTED,
  })
  t.match(change('context["card"][0]'), { after: REDACTED })
  t.match(change('context.cards'), { after: { number: 1 } })
})
