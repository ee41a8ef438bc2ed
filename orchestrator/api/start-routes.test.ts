// Starts of machines other than the commande: any registered one, its newest version, its own input.
import t, { type Test } from 'tap'
import { Type } from 'typebox'
import { setup } from 'xstate'
import type { RegisteredMachine } from '../../machines/registry.ts'
import type { SagaStore } from '../engine/ports.ts'
import { freshDatabase } from '../../test/kit/database.ts'
import { startOrchestratorAt } from '../../test/kit/orchestrators.ts'

const input = Type.Object({ text: Type.String() })

/** A saga that ends at once, and puts out what it was given. */
function letter(version: string): RegisteredMachine {
  const machine = setup({
    types: { input: {} as { text: string }, context: {} as { text: string }, output: {} },
  }).createMachine({
    id: 'letter',
    version,
    context: ({ input }) => {
      if (input?.text === 'throw') throw new Error('no such letter')
      return { text: input?.text }
    },
    initial: 'written',
    states: { written: { type: 'final' } },
    output: ({ context }) => ({ text: context.text, version }),
  })
  return { machine, input, businessKey: 'text' }
}

async function startApi(t: Test) {
  const { url: databaseUrl } = await freshDatabase(t)
  const seams = { machines: [letter('1'), letter('2')] }
  const orchestrator = await startOrchestratorAt(t, { databaseUrl, name: 'test', seams })
  return { start: (input: object) => orchestrator.post('/api/sagas/letter', input), orchestrator }
}

t.test('a saga is started on the newest version of its machine, and its output is the answer', async (t) => {
  const { start } = await startApi(t)
  t.match(await start({ text: 'a' }), { status: 201, body: { text: 'a', version: '2', saga_id: String } })
})

t.test('input that fits the schema, but not the machine or the store, is refused', async (t) => {
  const { start, orchestrator } = await startApi(t)
  const thrown = await start({ text: 'throw' })
  t.match(thrown, { status: 422, body: { code: 'saga_impossible' } })
  t.match(thrown.body.detail, /letter can't begin with this input: no such letter\. Nothing was accepted\.$/)
  t.match(await start({ text: 'a\u0000b' }), { status: 422, body: { code: 'saga_impossible' } })
  t.match(await start({ text: 7 }), { status: 400, body: { errors: [{ field: 'text' }] } })
  t.equal((await orchestrator.get('/api/sagas')).body.sagas?.length, 0)
  t.equal((await start({ text: 'throw less' })).status, 201, 'others are not harmed')
})

t.test('a call that is repeated under its key is answered once, with one look at the key', async (t) => {
  const { url: databaseUrl } = await freshDatabase(t)
  let writes = 0
  const store = (real: SagaStore): SagaStore => ({
    inFlight: (...asked) => real.inFlight(...asked),
    due: (...asked) => real.due(...asked),
    byIds: (...asked) => real.byIds(...asked),
    inbox: (...asked) => real.inbox(...asked),
    dismiss: (...asked) => real.dismiss(...asked),
    write(batch) {
      writes += 1
      return real.write(batch)
    },
  })
  const seams = { machines: [letter('1')], store }
  const at = await startOrchestratorAt(t, { databaseUrl, name: 'test', seams })
  const start = () => at.post('/api/sagas/letter', { text: 'a' }, { 'idempotency-key': 'k' })
  const first = await start()
  t.equal(writes, 1)
  t.match(await start(), { status: 201, body: { saga_id: first.body.saga_id } })
  t.equal(writes, 2)
})
