import { v4 as newMemberId, v7 as newSagaId } from 'uuid'
import { commande } from '../../machines/commande/v2/chart.ts'
import { systemClock } from '../../orchestrator/engine/clock.ts'
import { Engine } from '../../orchestrator/engine/engine.ts'
import { prepare } from '../../orchestrator/engine/prepare.ts'
import { SharedClock } from '../../orchestrator/engine/shared-clock.ts'
import { observeWith } from '../../orchestrator/observers.ts'
import { HttpSteps } from '../../orchestrator/steps/http-steps.ts'
import { openStores } from '../../orchestrator/store/stores.ts'
import { candidate, meterOf, ORDER, type Candidate, type Place } from './candidate.ts'

const LEASE_MS = 5_000

export interface OpenedEngine {
  readonly engine: Engine
  /** How many the journal has made so far. */
  readonly commits: () => number
  /** Starts an order; resolves with its saga when that is committed. */
  readonly start: () => Promise<string>
  readonly close: () => Promise<void>
}

/** Otherwise as an orchestrator has them. */
export interface EngineSettings {
  readonly timeoutMs?: number
  /** Calls to one participant at once. */
  readonly calls?: number
  readonly inFlight?: number
}

/** In this process, wired as an orchestrator is, without its API. */
export async function openEngine(
  { stubs, databaseUrl }: Pick<Place, 'stubs' | 'databaseUrl'>,
  { timeoutMs = 3_000, calls = 64, inFlight = 2_000 }: EngineSettings = {},
): Promise<OpenedEngine> {
  const stores = await openStores({
    url: databaseUrl,
    applicationName: 'bench',
    leaseMs: LEASE_MS,
    partitions: undefined,
  })
  const steps = new HttpSteps({
    participants: { carts: stubs, stocks: stubs, produits: stubs },
    timeoutMs,
    deadlineMs: Math.max(10_000, timeoutMs + 1),
    retries: 2,
    concurrency: calls,
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
    notifies: false,
    limits: { inFlight, startQueue: 2_000 },
  })
  await built.open()
  return {
    engine: built,
    commits: () => commits,
    async start() {
      const started = await built.start({ machine: 'commande', input: ORDER, idempotency: null })
      if (started.kind !== 'started') throw new Error('not started')
      return started.sagaId
    },
    async close() {
      await built.close(0)
      steps.close()
      await stores.close()
    },
  }
}

/** The engine in this process: from start() to the commit of the end. */
export async function engine(place: Place): Promise<Candidate> {
  const opened = await openEngine(place)
  const meter = await meterOf(place.databaseUrl, opened.commits)
  const run = async () => {
    const end = await opened.engine.exited(await opened.start())
    if (end?.status !== 'done') throw new Error(`ended ${end?.status}`)
  }
  return candidate('engine', { run, usage: meter.usage }, async () => {
    await opened.close()
    await meter.close()
  })
}
