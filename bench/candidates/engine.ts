import { v7 as newSagaId } from 'uuid'
import { commande } from '../../machines/commande/chart.ts'
import { openSchema } from '../../migrations/database.ts'
import { systemClock } from '../../orchestrator/engine/clock.ts'
import { Engine } from '../../orchestrator/engine/engine.ts'
import { prepare } from '../../orchestrator/engine/prepare.ts'
import { observeWith } from '../../orchestrator/observers.ts'
import { HttpSteps } from '../../orchestrator/steps/http-steps.ts'
import { PostgresSagaStore } from '../../orchestrator/store/saga-store.ts'
import type { OrchestratorDatabase } from '../../orchestrator/store/schema.ts'
import { candidate, meterOf, ORDER, type Candidate, type Place } from './candidate.ts'

/** The engine in this process: from start() to the commit of the end. */
export async function engine({ stubs, databaseUrl }: Place): Promise<Candidate> {
  const schema = await openSchema<OrchestratorDatabase>({
    url: databaseUrl,
    schema: 'orchestrator',
    migrations: new URL('../../migrations/orchestrator/', import.meta.url),
    poolMax: 10,
    applicationName: 'bench',
  })
  const steps = new HttpSteps({
    participants: { carts: stubs, stocks: stubs, produits: stubs },
    timeoutMs: 3_000,
    deadlineMs: 10_000,
    retries: 2,
  })
  let commits = 0
  const built = new Engine({
    machines: [prepare({ machine: commande, businessKey: 'cart_id' }, steps, systemClock)],
    store: new PostgresSagaStore(schema.db, schema.pool),
    clock: systemClock,
    observer: observeWith({ committed: () => (commits += 1) }),
    newSagaId,
    owner: 'bench',
  })
  await built.open()
  const meter = await meterOf(databaseUrl, () => commits)
  const run = async () => {
    const started = await built.start({ machine: 'commande', input: ORDER, idempotency: null })
    if (started.kind !== 'started') throw new Error('not started')
    const end = await built.exited(started.sagaId)
    if (end?.status !== 'done') throw new Error(`ended ${end?.status}`)
  }
  return candidate('engine', { run, usage: meter.usage }, async () => {
    built.stop()
    steps.close()
    await meter.close()
    await schema.close()
  })
}
