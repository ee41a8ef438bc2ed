// Several orchestrators set up as they should not be: it is told, and no saga comes to harm.
import t from 'tap'
import type { RegisteredMachine } from '../machines/registry.ts'
import { freshDatabase } from './kit/database.ts'
import { dossier } from './kit/dossier.ts'
import { startOrchestratorAt } from './kit/orchestrators.ts'
import { until } from './kit/until.ts'

const ASYNC = { prefer: 'respond-async' }
const of = (...machines: RegisteredMachine[]) => ({ machines })

t.test('a second one of the same name is told so, and the first goes on', async (t) => {
  const { url: databaseUrl } = await freshDatabase(t)
  const seams = of(dossier())
  const first = await startOrchestratorAt(t, { databaseUrl, name: 'one', seams })
  const { body } = await first.post('/api/sagas/dossier', { title: 'one' }, ASYNC)
  await t.rejects(startOrchestratorAt(t, { databaseUrl, name: 'one', seams }), {
    code: 'NAME_TAKEN',
    message: /name one; give each its own ORCHESTRATOR_ID/,
  })
  t.equal((await first.get('/readyz')).status, 200)
  const closed = await first.post(`/api/sagas/${body.saga_id}/events`, { type: 'CLOSE' })
  t.match(closed, { status: 200, body: { state: 'DONE' } })
})

t.test('sagas of a version that one does not have are left to the one that does', async (t) => {
  const { url: databaseUrl } = await freshDatabase(t)
  const both = of(dossier('1'), dossier('2'))
  const newer = await startOrchestratorAt(t, { databaseUrl, name: 'newer', seams: both })
  const older = await startOrchestratorAt(t, { databaseUrl, name: 'older', seams: of(dossier('1')) })
  const share = async () => (await older.metric('skald_partitions_held')) === 32
  await until('the older one has its share', share)
  const sagas: string[] = []
  for (let n = 0; n < 5; n++) {
    sagas.push((await newer.post('/api/sagas/dossier', { title: 'one' }, ASYNC)).body.saga_id)
  }
  const [sagaId = ''] = sagas
  t.match((await older.get(`/api/sagas/${sagaId}`)).body, { version: '2' })
  t.equal(
    (await older.post(`/api/sagas/${sagaId}/events`, { type: 'LOCK' })).status,
    200,
    'sent on by the older',
  )
  const unheard = await older.post(`/api/sagas/${sagaId}/events`, { type: 'CLOSE' })
  t.match(
    unheard,
    { status: 409, body: { code: 'evenement_refuse' } },
    'its owner knows the chart, and says no',
  )
  t.notOk('accepts' in unheard.body, 'the older one can not tell what it would take')

  await newer.close()
  const sent = await older.post(`/api/sagas/${sagaId}/events`, { type: 'UNLOCK' }, { prefer: 'wait=0' })
  t.equal(sent.status, 202)
  const missing = async () => (await older.get('/readyz')).body.missing_machines?.includes('dossier@2')
  await until('/readyz tells', missing)
  t.equal((await older.get('/readyz')).status, 200, 'others are not harmed')
  t.equal(await older.metric('skald_machines_missing'), 1)
  const parked = await until('it is parked', async () => {
    const { body } = await older.get(`/api/sagas/${sagaId}`)
    return body.status === 'parked' && body
  })
  t.match(parked, { parked: { code: 'MACHINE_UNKNOWN' } })

  const back = await startOrchestratorAt(t, { databaseUrl, name: 'newer', seams: both })
  await until('the newer one has it', async () => (await older.metric('skald_machines_missing')) === 0)
  const goesOn = async () => (await older.get(`/api/sagas/${sagaId}`)).body.status === 'running'
  await until('the parked one goes on', goesOn)
  const unlocked = await older.post(`/api/sagas/${sagaId}/events`, { type: 'UNLOCK' }, { prefer: 'wait=30' })
  t.match(
    unlocked,
    { status: 200, body: { state: 'open' } },
    'the first UNLOCK came when nobody could take it',
  )
  for (const id of sagas) {
    const closed = await older.post(`/api/sagas/${id}/events`, { type: 'CLOSE' }, { prefer: 'wait=30' })
    t.match(closed, { status: 200, body: { state: 'DONE', output: { version: '2' } } })
  }
  await back.close()
})
