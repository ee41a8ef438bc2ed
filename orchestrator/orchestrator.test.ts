// A machine of one's own, with a participant of one's own, as the README tells to add one.
import t from 'tap'
import { Type } from 'typebox'
import { setup } from 'xstate'
import { compensation, step } from '../machines/step.ts'
import { freshDatabase } from '../test/kit/database.ts'
import { http } from '../test/kit/http.ts'
import { until } from '../test/kit/until.ts'
import { readOrchestratorConfig } from './config.ts'
import { startOrchestrator } from './orchestrator.ts'

type Trip = { saga_id: string }
const room = {
  participant: 'hotels',
  request: ({ saga_id }: Trip) => ({ method: 'DELETE', path: `/rooms/${saga_id}/` }) as const,
  reply: Type.Unknown(),
}
/** Keeps neither `error` nor `parked` in its context. */
const trip = setup({
  types: { input: {} as Trip, context: {} as Trip },
  actors: { bookRoom: step('room', room), cancelRoom: compensation('room', room) },
}).createMachine({
  id: 'trip',
  version: '1',
  context: ({ input }) => input,
  initial: 'doing',
  states: {
    doing: {
      invoke: {
        id: 'room',
        src: 'bookRoom',
        input: ({ context }) => context,
        onDone: 'done',
        onError: 'undoing',
      },
    },
    undoing: {
      invoke: {
        id: 'undo',
        src: 'cancelRoom',
        input: ({ context }) => context,
        onDone: 'failed',
        onError: 'parked',
      },
    },
    parked: { on: { RETRY: 'undoing' } },
    done: { type: 'final' },
    failed: { type: 'final' },
  },
})
const machines = [{ machine: trip, input: Type.Object({}), businessKey: 'nights' }]

const nowhere = 'http://127.0.0.1:1'
const configOf = (DATABASE_URL: string, further: Record<string, string>) => {
  const addresses = { CARTS_URL: nowhere, STOCKS_URL: nowhere, PRODUITS_URL: nowhere, ...further }
  const env = {
    DATABASE_URL,
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'silent',
    STEP_RETRIES: '0',
    ...addresses,
  }
  return readOrchestratorConfig(env, { ORCHESTRATOR_ID: 'test' })
}

t.test('a machine that calls somebody without an address is refused at start-up', async (t) => {
  const { url } = await freshDatabase(t)
  await t.rejects(startOrchestrator(configOf(url, {}), { machines }), {
    name: 'ConfigError',
    message: 'Machine trip calls hotels, whose address is not set: add hotels=URL to PARTICIPANTS.',
  })
})

t.test('a saga whose chart notes no failure shows it all the same, and what it waits for', async (t) => {
  const { url } = await freshDatabase(t)
  const config = configOf(url, { PARTICIPANTS: `hotels=${nowhere}/` })
  const orchestrator = await startOrchestrator(config, { machines })
  t.teardown(() => orchestrator.close())
  const { body } = await http.post<{ saga_id: string }>(`${orchestrator.url}/api/sagas/trip`, {
    json: {},
    headers: { prefer: 'respond-async' },
  })
  const parked = await until('parked', async () => {
    const saga = await http.get<Record<string, unknown>>(`${orchestrator.url}/api/sagas/${body.saga_id}`)
    return saga.body['status'] === 'parked' && saga.body
  })
  t.match(parked, {
    last_error: { step: 'room', code: 'ECONNREFUSED' },
    parked: { reason: /ECONNREFUSED/, code: 'ECONNREFUSED', step: 'room' },
  })
})
