// Verbs for sagas that no machine can go on with: of a version that nobody has, or with a snapshot that does not fit.
import pg from 'pg'
import t, { type Test } from 'tap'
import type { Migrate } from '../../machines/migration.ts'
import type { RegisteredMachine } from '../../machines/registry.ts'
import { freshDatabase, type DatabaseOptions } from '../kit/database.ts'
import { dossier } from '../kit/dossier.ts'
import { startOrchestratorAt, type RunningOrchestrator } from '../kit/orchestrators.ts'
import { BY_TEST } from '../kit/shop.ts'
import { until } from '../kit/until.ts'

/** One that begins anew, whatever it finds. */
const anew: Migrate = (_snapshot, { to }) =>
  to === '2'
    ? { status: 'active', value: 'open', context: { notes: ['moved'] }, children: {}, timers: {} }
    : undefined
const second: RegisteredMachine = { ...dossier('2'), migrate: anew }

async function startAt(t: Test, databaseUrl: string, ...machines: RegisteredMachine[]) {
  return startOrchestratorAt(t, { databaseUrl, name: 'one', seams: { machines } })
}

async function open(at: RunningOrchestrator): Promise<string> {
  const headers = { prefer: 'respond-async' }
  return (await at.post('/api/sagas/dossier', { title: 'one' }, headers)).body.saga_id
}

/** Dossiers of version 1, in a database whose only orchestrator has gone. */
async function leave(t: Test, count: number, options: DatabaseOptions = {}) {
  const { url } = await freshDatabase(t, options)
  const first = await startAt(t, url, dossier())
  const sagas = await Promise.all(Array.from({ length: count }, () => open(first)))
  await first.close()
  return { url, sagas }
}

async function untilParked(at: RunningOrchestrator, sagas: readonly string[]): Promise<void> {
  for (const saga of sagas) {
    await at.post(`/api/sagas/${saga}/retry`, BY_TEST)
    await until('parked', async () => (await at.get(`/api/sagas/${saga}`)).body.status === 'parked')
  }
}

const possible = [
  { verb: 'retry', steps: [] },
  { verb: 'abandon', steps: [] },
]

t.test('of a version that nobody has: moved, given up, or tried again when somebody has it', async (t) => {
  const { url, sagas } = await leave(t, 3)
  const [moved, givenUp, later] = sagas
  const at = await startAt(t, url, second)
  await untilParked(at, sagas)

  for (const verb of ['retry', 'skip', 'compensate', 'cancel']) {
    const refused = await at.post(`/api/sagas/${moved}/${verb}`, BY_TEST)
    t.match(refused, { status: 409, body: { code: 'verbe_refuse', possible } }, verb)
    t.match(refused.body.detail, 'has no version 1 here', 'why it is parked')
  }
  const completed = await at.post(`/api/sagas/${moved}/complete`, { ...BY_TEST, output: 1 })
  t.match(completed, { status: 409, body: { code: 'verbe_refuse', possible } })
  t.match(completed.body.detail, 'nobody here can check')
  const dry = async (verb: string, body = {}) => {
    const { status, body: trial } = await at.post(`/api/sagas/${moved}/${verb}`, {
      ...BY_TEST,
      ...body,
      dry_run: true,
    })
    return [status, trial]
  }
  t.strictSame(await dry('abandon'), [200, { possible: true, why: null, state: null }], 'nobody can tell')
  t.match(await dry('complete', { output: 1 }), [200, { possible: false, why: /nobody here can check/ }])

  const trial = await at.post(`/api/sagas/${moved}/migrate`, { ...BY_TEST, to: '2', dry_run: true })
  t.strictSame([trial.status, trial.body], [200, { possible: true, why: null, state: 'open' }])
  t.match((await at.get(`/api/sagas/${moved}`)).body, { version: '1', status: 'parked' }, 'nothing was done')
  const nowhere = await at.post(`/api/sagas/${moved}/migrate`, { ...BY_TEST, to: '3' })
  t.match(nowhere, {
    status: 409,
    body: { code: 'migration_refusee', why: 'machine dossier has no version 3 here' },
  })
  const told = await at.post(`/api/sagas/${moved}/migrate`, { ...BY_TEST, to: '2' })
  t.match(told, { status: 200, body: { version: '2', status: 'running', state: 'open', parked: null } })
  const closed = await at.post(`/api/sagas/${moved}/events`, { type: 'CLOSE' })
  t.match(closed, { status: 200, body: { output: { notes: ['moved'], version: '2' } } })

  const abandoned = await at.post(`/api/sagas/${givenUp}/abandon`, BY_TEST)
  t.match(abandoned, {
    status: 200,
    body: { state: 'FAILED', undone: false, output: { error: { code: 'ABANDONED' } } },
  })
  const events = (await at.get(`/api/sagas/${givenUp}/events`)).body as unknown
  t.match(events, [{ type: 'ABANDONED', payload: BY_TEST }])
  t.match(await at.post(`/api/sagas/${givenUp}/retry`, BY_TEST), { status: 409, body: { possible: [] } })
  const over = await at.post(`/api/sagas/${givenUp}/retry`, { ...BY_TEST, dry_run: true })
  t.strictSame([over.status, over.body], [200, { possible: false, why: 'it has ended', state: null }])

  await at.close()
  const both = await startAt(t, url, dossier(), second)
  const retried = await until('it is taken again', async () => {
    const answer = await both.post(`/api/sagas/${later}/retry`, BY_TEST)
    return answer.status !== 404 && answer
  })
  t.ok([200, 409].includes(retried.status), 'by the retry, or as its partition was taken')
  t.match(await both.post(`/api/sagas/${later}/events`, { type: 'CLOSE' }), {
    status: 200,
    body: { state: 'DONE' },
  })
})

const broken: Record<string, string> = {
  'a state that is gone':
    '{"status":"active","value":"gone","context":{"notes":[]},"children":{},"timers":{}}',
  'no members': '{}',
  'no context': '{"status":"active","value":"open","timers":{}}',
  'no sense': '{"status":7,"value":{"open":{"a":[]}},"context":"none","children":[],"timers":{"a":1}}',
  'only text': '"open"',
  'a number': '7',
  'a list': '[1]',
  nothing: 'null',
}

for (const [what, snapshot] of Object.entries(broken)) {
  t.test(
    `a snapshot with ${what} gets no answer but an honest one, and can be given up or moved`,
    async (t) => {
      const { url, sagas } = await leave(t, 2, { untold: 'their snapshots are broken on purpose' })
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await client.query('update orchestrator.transition set snapshot = $1', [snapshot])
      // In flight, so that the next owner loads them.
      await client.query("update orchestrator.saga set wake_at = '-infinity'")
      await client.end()
      const at = await startAt(t, url, dossier(), second)
      const [saga, other] = sagas
      for (const one of sagas) {
        await until('parked', async () => (await at.get(`/api/sagas/${one}`)).body.status !== 'running')
      }
      t.equal((await at.get(`/api/sagas/${saga}`)).status, 200)
      t.equal((await at.get('/api/sagas')).status, 200)
      for (const verb of ['retry', 'skip', 'compensate', 'cancel', 'complete']) {
        const refused = await at.post(`/api/sagas/${saga}/${verb}`, {
          ...BY_TEST,
          ...(verb === 'complete' && { output: 1 }),
        })
        t.match(refused, { status: 409, body: { code: 'verbe_refuse', possible } }, verb)
      }
      const abandoned = await at.post(`/api/sagas/${saga}/abandon`, BY_TEST)
      t.match(abandoned, { status: 200, body: { state: 'FAILED', undone: false } })
      const moved = await at.post(`/api/sagas/${other}/migrate`, { ...BY_TEST, to: '2' })
      t.match(moved, { status: 200, body: { version: '2', status: 'running' } })
      for (const one of sagas) {
        t.equal((await at.get(`/api/sagas/${one}`)).status, 200)
        t.equal((await at.get(`/api/sagas/${one}/transitions`)).status, 200)
      }
    },
  )
}
