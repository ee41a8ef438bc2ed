// Verbs on a chart unlike that of an order: two steps open at once, a step that may be corrected, an answer on which the
// chart throws, and no word for CANCEL.
import t, { type Test } from 'tap'
import { Type } from 'typebox'
import { assign, setup } from 'xstate'
import { compensation, step } from '../../machines/step.ts'
import type { RegisteredMachine } from '../../machines/registry.ts'
import type { StepCall, StepCaller } from '../../orchestrator/engine/ports.ts'
import { freshDatabase } from '../kit/database.ts'
import { startOrchestratorAt } from '../kit/orchestrators.ts'
import { BY_TEST } from '../kit/shop.ts'
import { until } from '../kit/until.ts'

interface Room {
  readonly room_id: number
}
const call = { participant: 'carts', request: () => ({ method: 'POST', path: '/' }) as const }
const booking = (id: string, src: 'bookRoom' | 'bookCar') =>
  ({
    initial: 'asking',
    states: {
      asking: {
        invoke: {
          id,
          src,
          input: { room_id: 1 },
          onDone: { target: 'booked', actions: 'note' },
          onError: '#undoing',
        },
      },
      booked: { type: 'final' },
    },
  }) as const

const trip = setup({
  types: { context: {} as { nights: number } },
  actors: {
    bookRoom: step('room', { ...call, reply: Type.Object({ nights: Type.Integer() }) }),
    bookCar: step('car', { ...call, reply: Type.Object({ nights: Type.Integer() }) }),
    cancelRoom: compensation('room', {
      ...call,
      request: (_input: Room) => ({ method: 'DELETE', path: '/' }),
      reply: Type.Object({ refund: Type.Integer() }),
      correction: Type.Object({ room_id: Type.Integer() }, { additionalProperties: false }),
    }),
  },
  actions: {
    note: assign(({ event }) => {
      const { nights } = (event as unknown as { output: { nights: number } }).output
      if (nights === 13) throw new Error('it knows nothing of such nights')
      return { nights }
    }),
  },
}).createMachine({
  id: 'trip',
  version: '1',
  context: { nights: 0 },
  initial: 'doing',
  states: {
    doing: {
      type: 'parallel',
      states: { room: booking('book-room', 'bookRoom'), car: booking('book-car', 'bookCar') },
      onDone: 'done',
    },
    undoing: {
      id: 'undoing',
      invoke: { id: 'undo', src: 'cancelRoom', input: { room_id: 1 }, onDone: 'failed', onError: 'parked' },
    },
    parked: { on: { RETRY: 'undoing' } },
    done: { type: 'final' },
    failed: { type: 'final' },
  },
})
const machines: RegisteredMachine[] = [{ machine: trip, input: Type.Object({}), businessKey: 'none' }]

/** Calls that nobody answers but the test. */
class Calls implements StepCaller {
  readonly made: { readonly name: string; readonly call: StepCall; readonly fail: () => void }[] = []

  call({ step, undo }: Parameters<StepCaller['call']>[0], call: StepCall): Promise<unknown> {
    return new Promise((_resolve, reject) => {
      const failure = { name: 'Failed', message: 'nobody is there', code: 'NOBODY', step, inDoubt: true }
      this.made.push({ name: undo ? `undo ${step}` : step, call, fail: () => reject(failure) })
    })
  }

  async last(name: string) {
    return until(name, async () => this.made.findLast((one) => one.name === name))
  }
}

async function start(t: Test) {
  const { url: databaseUrl } = await freshDatabase(t)
  const calls = new Calls()
  const seams = { machines, steps: () => calls }
  const at = await startOrchestratorAt(t, { databaseUrl, name: 'one', seams })
  const { saga_id } = (await at.post('/api/sagas/trip', {}, { prefer: 'respond-async' })).body
  await calls.last('car')
  await calls.last('room')
  const tell = (verb: string, more: object = {}) =>
    at.post(`/api/sagas/${saga_id}/${verb}`, { ...BY_TEST, ...more })
  return { at, calls, tell, saga: async () => (await at.get(`/api/sagas/${saga_id}`)).body }
}

t.test('with two steps open, a verb says which it is about', async (t) => {
  const { calls, tell } = await start(t)
  const unsaid = await tell('complete', { output: { nights: 1 } })
  t.match(unsaid, { status: 400, body: { code: 'requete_invalide', errors: [{ field: 'step' }] } })
  t.match(unsaid.body.detail, /room, car/)
  const unknown = await tell('complete', { output: { nights: 1 }, step: 'boat' })
  t.match(unknown, { status: 400, body: { errors: [{ field: 'step', message: 'must be room or car' }] } })
  const [room, car] = [await calls.last('room'), await calls.last('car')]
  t.equal((await tell('complete', { output: { nights: 2 }, step: 'car' })).status, 200)
  await until('its call is aborted', async () => car.call.signal.aborted)
  t.notOk(room.call.signal.aborted, 'the other one goes on')
  t.match(await tell('complete', { output: { nights: 2 }, step: 'car' }), { status: 400 }, 'it is over')
  t.match(
    await tell('complete', { output: { nights: 2 } }),
    { status: 200, body: { state: 'DONE' } },
    'one is left',
  )
})

t.test('a result on which the chart throws is refused, and the saga goes on', async (t) => {
  const { calls, tell, saga } = await start(t)
  const room = await calls.last('room')
  const refused = await tell('complete', { output: { nights: 13 }, step: 'room' })
  t.match(refused, {
    status: 409,
    body: {
      code: 'verbe_refuse',
      possible: [
        { verb: 'complete', steps: ['room', 'car'] },
        { verb: 'compensate' },
        { verb: 'cancel' },
        { verb: 'abandon' },
      ],
    },
  })
  t.match(await saga(), { status: 'running', seq: 0, parked: null })
  t.notOk(room.call.signal.aborted)
})

t.test('a chart without a word for it is cancelled as though its step had failed in doubt', async (t) => {
  const { calls, tell, saga } = await start(t)
  t.match(await tell('cancel'), { status: 200, body: { state: 'undoing', status: 'compensating' } })
  for (const name of ['room', 'car']) {
    const { call } = await calls.last(name)
    await until(`${name} is aborted`, async () => call.signal.aborted)
  }
  t.match(await tell('skip'), {
    status: 400,
    body: { errors: [{ field: 'output', message: 'is required' }] },
  })
  t.match(await tell('skip', { output: { refund: 'all' } }), {
    status: 400,
    body: { errors: [{ field: 'output/refund' }] },
  })
  t.match(await tell('skip', { output: { refund: 3 } }), {
    status: 200,
    body: { state: 'FAILED', undone: true },
  })
  t.match(await saga(), { last_error: { code: 'CANCELLED', message: BY_TEST.reason } })
})

t.test('a compensation is tried again with the input that a person corrected', async (t) => {
  const { calls, tell, saga } = await start(t)
  await tell('compensate')
  ;(await calls.last('undo room')).fail()
  await until('parked', async () => (await saga()).status === 'parked')
  const wrong = { wrong: { room_id: 'two' }, more: { room_id: 2, more: 1 }, nothing: {} }
  for (const [what, input] of Object.entries(wrong)) {
    const refused = await tell('retry', { input })
    t.match(refused, { status: 400, body: { code: 'requete_invalide' } }, what)
    t.match(refused.body.errors?.[0]?.field, /^input/)
  }
  t.match(await tell('retry', { input: { room_id: 2 } }), { status: 200, body: { state: 'undoing' } })
  const again = await until('it is called again', async () => {
    const made = calls.made.filter(({ name }) => name === 'undo room')
    return made.length === 2 && made[1]
  })
  t.strictSame(again.call.input, { room_id: 2 })
  t.match(await tell('retry', { input: { room_id: 3 } }), { status: 409 }, 'its call is open')
})

interface Operation {
  readonly parameters?: readonly { readonly name: string }[]
  readonly requestBody: { readonly content: { readonly 'application/json': { readonly schema: Body } } }
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}
interface Body {
  readonly required: readonly string[]
  readonly properties: Readonly<Record<string, unknown>>
}

t.test('the OpenAPI document tells what each verb asks for', async (t) => {
  const { at } = await start(t)
  const { paths } = (await at.get('/docs/json')).body as unknown as {
    readonly paths: Readonly<Record<string, { readonly post: Operation }>>
  }
  const told = (verb: string) => {
    const operation = paths[`/api/sagas/{saga_id}/${verb}`]?.post
    const schema = operation?.requestBody.content['application/json'].schema
    return {
      required: schema?.required.join(' '),
      fields: Object.keys(schema?.properties ?? {}).join(' '),
      answers: Object.keys(operation?.responses ?? {}).join(' '),
    }
  }
  const answers = '200 202 409 4XX 5XX'
  const required = 'actor reason'
  t.strictSame(told('retry'), { required, fields: 'actor reason dry_run step input', answers })
  t.strictSame(told('skip'), { required, fields: 'actor reason dry_run step output', answers })
  t.strictSame(told('complete'), {
    required: `${required} output`,
    fields: 'actor reason dry_run step output',
    answers,
  })
  for (const verb of ['compensate', 'cancel', 'abandon'])
    t.strictSame(told(verb), { required, fields: 'actor reason dry_run step', answers }, verb)
  t.strictSame(told('migrate'), { required: `${required} to`, fields: 'actor reason dry_run to', answers })
  const names = paths['/api/sagas/{saga_id}/migrate']?.post.parameters?.map(({ name }) => name)
  t.strictSame(new Set(names), new Set(['saga_id', 'idempotency-key', 'prefer']))
})
