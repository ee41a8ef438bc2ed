import { v4 as newMemberId, v7 as newSagaId } from 'uuid'
import { commande } from '../../machines/commande/chart.ts'
import { systemClock } from '../../orchestrator/engine/clock.ts'
import { Engine } from '../../orchestrator/engine/engine.ts'
import { prepare } from '../../orchestrator/engine/prepare.ts'
import { SharedClock } from '../../orchestrator/engine/shared-clock.ts'
import { observeWith } from '../../orchestrator/observers.ts'
import { HttpSteps } from '../../orchestrator/steps/http-steps.ts'
import { openStores } from '../../orchestrator/store/stores.ts'
import { candidate, meterOf, ORDER, type Candidate, type Place } from './candidate.ts'

const LEASE_MS = 5_000

/** The engine in this process: from start() to the commit of the end. */
export async function engine({ stubs, databaseUrl }: Place): Promise<Candidate> {
  const stores = await openStores({
    url: databaseUrl,
    applicationName: 'bench',
    leaseMs: LEASE_MS,
    partitions: undefined,
  })
  const steps = new HttpSteps({
    participants: { carts: stubs, stocks: stubs, produits: stubs },
    timeoutMs: 3_000,
    deadlineMs: 10_000,
    retries: 2,
    concurrency: 64,
  })
  let commits = 0
  const clock = new SharedClock(systemClock)
  const built = new Engine({
    machines: [prepare({ machine: commande, businessKey: 'cart_id' }, steps, clock)],
    store: stores.sagas,
    leases: stores.leases,
    clock,
    observer: observeWith({ committed: () => (commits += 1) }),
    newSagaId,
    newMemberId,
    name: 'bench',
    random: Math.random,
    leaseMs: LEASE_MS,
    takeOverName: true,
    limits: { inFlight: 2_000, startQueue: 2_000 },
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
    await built.close(0)
    steps.close()
    await meter.close()
    await stores.close()
  })
}
