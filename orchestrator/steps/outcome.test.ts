import t from 'tap'
import { isStorable } from '../storable.ts'
import { outcomeOf, type Attempt } from './outcome.ts'

const reply = (status: number, { body, fits = true }: { body?: unknown; fits?: boolean } = {}): Attempt => ({
  kind: 'reply',
  status,
  body,
  fits,
  text: body === undefined ? '' : JSON.stringify(body),
})
const unconnected: Attempt = { kind: 'unconnected', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' }
const unanswered: Attempt = { kind: 'unanswered', code: 'ETIMEDOUT', message: 'Timeout awaiting request' }
const unseen: Attempt = { kind: 'unseen' }

const REFUSALS = [400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 428, 431, 451, 499]
const NOT_NOW = [408, 425]
const TROUBLE = [500, 501, 502, 503, 504, 599]
const REDIRECTS = [300, 301, 302, 304, 307, 308]

/** What ADR 0005 and the README say of a step, in one word. */
function wordFor(attempts: readonly Attempt[]): string {
  const outcome = outcomeOf('reserve', attempts)
  if (outcome.kind === 'done') return 'done'
  const { name, inDoubt, step } = outcome.failure
  if (step !== 'reserve') return `of step ${step}`
  if (inDoubt) return name === 'StepRefused' ? 'refused, earlier in doubt' : 'in doubt'
  return name === 'StepRefused' ? 'refused' : 'unreachable'
}

const rows: [string, Attempt[], string][] = [
  ...[200, 201, 202, 204, 299].map((s): [string, Attempt[], string] => [
    `${s} that fits`,
    [reply(s)],
    'done',
  ]),
  ...[200, 201, 204].map((s): [string, Attempt[], string] => [
    `${s} that does not fit`,
    [reply(s, { fits: false })],
    'in doubt',
  ]),
  ...REFUSALS.map((s): [string, Attempt[], string] => [`${s}`, [reply(s)], 'refused']),
  ...[...NOT_NOW, ...TROUBLE, ...REDIRECTS].map((s): [string, Attempt[], string] => [
    `${s}`,
    [reply(s)],
    'in doubt',
  ]),
  ['429: turned away', [reply(429)], 'unreachable'],
  ['no connection', [unconnected], 'unreachable'],
  ['no answer', [unanswered], 'in doubt'],
  ['no attempt seen', [unseen], 'in doubt'],
  ['no attempt at all', [], 'unreachable'],
  // A later attempt.
  ['no connection, then one that is accepted', [unconnected, reply(201)], 'done'],
  ['trouble, then done', [reply(503), unanswered, reply(201)], 'done'],
  ['no connection, ever', [unconnected, unconnected, unconnected], 'unreachable'],
  ['turned away, then no connection', [reply(429), unconnected], 'unreachable'],
  ['no connection, then turned away', [unconnected, reply(429)], 'unreachable'],
  ['no connection, then refused', [unconnected, reply(409)], 'refused'],
  ['turned away, then refused', [reply(429), reply(409)], 'refused'],
  ['no connection, then no answer', [unconnected, unanswered], 'in doubt'],
  ['no answer, then no connection', [unanswered, unconnected], 'in doubt'],
  ['trouble, then no connection', [reply(503), unconnected], 'in doubt'],
  ['refused, then no connection', [reply(409), unconnected], 'unreachable'],
  [
    'a body that does not fit, then refused',
    [reply(200, { fits: false }), reply(409)],
    'refused, earlier in doubt',
  ],
  ['no answer, then refused', [unanswered, reply(409)], 'refused, earlier in doubt'],
  ['trouble, then refused', [reply(503), reply(404)], 'refused, earlier in doubt'],
  // A call repeated after a resume.
  ['unseen, then done', [unseen, reply(200)], 'done'],
  ['unseen, then refused', [unseen, reply(409)], 'refused, earlier in doubt'],
  ['unseen, then no connection', [unseen, unconnected], 'in doubt'],
  ['unseen, then turned away', [unseen, reply(429)], 'in doubt'],
  ['unseen, then trouble', [unseen, reply(500)], 'in doubt'],
  ['unseen, then no answer', [unseen, unanswered], 'in doubt'],
  ['unseen, then a body that does not fit', [unseen, reply(200, { fits: false })], 'in doubt'],
]
for (const [what, attempts, word] of rows) {
  t.test(`${what}: ${word}`, async (t) => {
    t.equal(wordFor(attempts), word)
  })
}

const failureOf = (...attempts: Attempt[]) => {
  const outcome = outcomeOf('create', attempts)
  return outcome.kind === 'failed' ? outcome.failure : undefined
}

t.test('a refusal speaks in the words of the participant', async (t) => {
  const body = { code: 'stock_insuffisant', detail: 'Too few are left.', more: 1 }
  t.strictSame(failureOf(reply(409, { body })), {
    name: 'StepRefused',
    message: 'Too few are left.',
    code: 'stock_insuffisant',
    step: 'create',
    status: 409,
    inDoubt: false,
    answer: { status: 409, body: JSON.stringify(body) },
  })
})

const said = (text: string): Attempt => ({ kind: 'reply', status: 502, body: undefined, fits: false, text })

t.test('the last answer that came is told in short, whatever came behind it', async (t) => {
  const bad = { status: 502, body: '<h1>Bad gateway</h1>' }
  t.strictSame(failureOf(reply(500), said(bad.body))?.answer, bad)
  t.strictSame(failureOf(said(bad.body), unanswered)?.answer, bad)
  t.strictSame(failureOf(reply(201, { body: { id: 'x' }, fits: false }))?.answer, {
    status: 201,
    body: '{"id":"x"}',
  })
  t.notOk('answer' in (failureOf(unconnected, unanswered) ?? {}))
  t.equal(failureOf(said('x'.repeat(1e6)))?.answer?.body.length, 500)
  t.ok(isStorable(JSON.stringify(failureOf(said(`x\0${'🎺'.repeat(1_000)}`)))))
})

t.test('a participant that says nothing, or nonsense, is spoken for', async (t) => {
  for (const body of [undefined, null, 'no', 7, [], {}, { code: 7, detail: {} }]) {
    t.match(failureOf(reply(404, { body })), { code: 'REFUSED', message: 'the participant refused with 404' })
    t.match(failureOf(reply(500, { body })), { code: 'HTTP_500', message: 'the participant answered 500' })
  }
  t.match(failureOf(reply(201, { fits: false })), { code: 'REPLY_DOES_NOT_FIT', status: 201 })
})

t.test('long words of a participant are cut, between letters', async (t) => {
  t.ok(failureOf(reply(400, { body: { detail: `x${'🎺'.repeat(1_000)}` } }))?.message.isWellFormed())
  const failure = failureOf(reply(400, { body: { code: 'c'.repeat(1e6), detail: 'd'.repeat(1e6) } }))
  t.equal(failure?.code.length, 100)
  t.equal(failure?.message.length, 1_000)
})

t.test('without an answer, the trouble of the last attempt is told', async (t) => {
  t.strictSame(failureOf(unanswered, unconnected), {
    name: 'StepInDoubt',
    message: 'connect ECONNREFUSED',
    code: 'ECONNREFUSED',
    step: 'create',
    inDoubt: true,
  })
  t.match(failureOf(unconnected), { name: 'StepUnreachable', code: 'ECONNREFUSED' })
  t.match(failureOf(unseen), { name: 'StepInDoubt', code: 'NO_ATTEMPT' })
})

t.test('a failure survives JSON unchanged, for it enters the machine as an event', async (t) => {
  for (const attempt of [reply(409), reply(500), unconnected, unanswered, unseen]) {
    const failure = failureOf(attempt)
    t.strictSame(JSON.parse(JSON.stringify(failure)), failure)
  }
})
