import t from 'tap'
import { ApiError } from '../api.ts'
import { faultsAt, toldOf, troubleOf } from './outcome.ts'
import { newKey } from './operator.ts'
import { faultsIn, partsOf, type Values } from './values.ts'
import { offeredOf } from './verb-list.ts'

const values: Values = { actor: 'marie', reason: 'it is back', step: '', json: '', to: '', isSure: false }

const names = (verb: Parameters<typeof faultsIn>[0], change: Partial<Values> = {}) =>
  Object.keys(faultsIn(verb, { ...values, ...change }))
const trouble = (status: number, problem: object) => troubleOf(new ApiError(status, { ...problem }))

t.test('who, why and what it is about are asked before anything is sent', async (t) => {
  t.same(names({ verb: 'retry', steps: [] }), [])
  t.same(names({ verb: 'retry', steps: [] }, { actor: ' ', reason: '' }), ['actor', 'reason'])
  t.same(names({ verb: 'complete', steps: ['lock'] }), ['json'])
  t.same(names({ verb: 'complete', steps: ['lock'] }, { json: '{' }), ['json'])
  t.same(names({ verb: 'complete', steps: ['a', 'b'] }, { json: '{}' }), ['step'])
  t.same(names({ verb: 'skip', steps: ['a', 'b'] }), ['step'])
  t.same(names({ verb: 'retry', steps: ['a', 'b'] }), [], 'without another input it is about no step')
  t.same(names({ verb: 'retry', steps: ['a', 'b'] }, { json: '{}' }), ['step'])
  t.same(names({ verb: 'migrate', steps: [] }), ['to'])
  t.same(names({ verb: 'abandon', steps: [] }), ['isSure'])
  t.same(names({ verb: 'abandon', steps: [] }, { isSure: true }), [])
})

t.test('no more is sent than belongs to the verb', async (t) => {
  const all = { ...values, step: 'lock', json: '{"a":1}', to: '2' }
  t.same(partsOf({ verb: 'complete', steps: ['lock'] }, all), { step: 'lock', output: { a: 1 } })
  t.same(partsOf({ verb: 'skip', steps: ['lock'] }, { ...all, json: '' }), { step: 'lock' })
  t.same(partsOf({ verb: 'retry', steps: ['lock'] }, all), { step: 'lock', input: { a: 1 } })
  t.same(partsOf({ verb: 'retry', steps: ['lock'] }, { ...all, json: '' }), {})
  t.same(partsOf({ verb: 'cancel', steps: [] }, all), {})
  t.same(partsOf({ verb: 'migrate', steps: [] }, all), { to: '2' })
})

t.test('what became of it is told in words', async (t) => {
  t.equal(
    toldOf('retry', { state: 'undoing.lock', status: 'compensating' }),
    'retry: done. It is compensating, at undoing.lock now.',
  )
  t.match(toldOf('abandon', { state: 'FAILED', status: 'failed' }), /It is failed now/)
  t.match(toldOf('retry', { status: 'parked' }), /accepted/)
  t.match(toldOf('migrate', { state: 'a', status: 'parked', version: '2' }), /on version 2 now/)
})

t.test('trouble says whether it may be sent again as it is', async (t) => {
  t.match(trouble(0, { detail: 'x' }), { canRepeat: true, text: /Whether it was told is not known/ })
  t.match(trouble(503, { detail: 'Busy.' }), { canRepeat: true, text: /^Busy\. Send it again/ })
  t.match(trouble(409, { detail: 'It went on.', possible: [{ verb: 'cancel' }] }), {
    canRepeat: false,
    text: 'It went on. Possible now: cancel.',
  })
  t.match(trouble(409, { detail: 'It stands; possible: retry.', possible: [{ verb: 'retry' }] }), {
    text: 'It stands; possible: retry.',
  })
  t.match(trouble(422, { code: 'cle_reutilisee' }), { canRepeat: false, text: /did come through/ })
  t.match(trouble(429, { detail: 'Full.' }), { canRepeat: true })
})

t.test('what the server says of a field stands at it', async (t) => {
  const fields = [
    { field: 'output/vente_id', message: 'must be integer' },
    { field: 'outputs', message: 'is another' },
    { field: 'step', message: 'must be lock' },
  ]
  t.equal(faultsAt(fields, 'output'), '/vente_id must be integer')
  t.equal(faultsAt(fields, 'step'), 'must be lock')
  t.equal(faultsAt(fields, 'to'), '')
})

t.test('the likeliest verbs are buttons, what can not be mended is never one', async (t) => {
  const verbs = (['retry', 'complete', 'compensate', 'cancel', 'abandon'] as const).map((verb) => ({
    verb,
    steps: [],
  }))
  const { buttons, menu } = offeredOf({ verbs, status: 'parked' })
  t.same(
    buttons.map(({ verb }) => verb),
    ['retry', 'compensate'],
  )
  t.same(
    menu.map(({ verb }) => verb),
    ['cancel', 'complete', 'migrate', 'abandon'],
  )
  t.same(offeredOf({ verbs: [], status: 'done' }), { buttons: [], menu: [] })
})

t.test('no two keys are the same', async (t) => {
  t.not(newKey(), newKey())
})
