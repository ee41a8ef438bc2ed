/**
 * One orchestrator, wired: store, engine, steps and API. Apart from the process edge, so that a test can put its
 * own faults between the engine and its ports.
 */
import { pino } from 'pino'
import { v7 as newSagaId } from 'uuid'
import { openSchema } from '../migrations/database.ts'
import { machines as registered, type RegisteredMachine } from '../machines/registry.ts'
import { buildApi } from './api/server.ts'
import { addressesOf, ConfigError, type OrchestratorConfig } from './config.ts'
import { systemClock } from './engine/clock.ts'
import { Engine } from './engine/engine.ts'
import type { SagaStore, StepCaller } from './engine/ports.ts'
import { prepare, type PreparedMachine } from './engine/prepare.ts'
import { Metrics } from './metrics.ts'
import { logObserver, observeWith } from './observers.ts'
import { HttpSteps } from './steps/http-steps.ts'
import { PostgresSagaStore } from './store/saga-store.ts'
import { SagaReader } from './store/saga-reader.ts'
import type { OrchestratorDatabase } from './store/schema.ts'

const POOL_MAX = 10

/** What a test may put around the engine's ports; production leaves them as they are. */
export interface Seams {
  /** Instead of the registered ones. */
  readonly machines?: readonly RegisteredMachine[]
  readonly store?: (store: SagaStore) => SagaStore
  readonly steps?: (steps: StepCaller) => StepCaller
}

export interface Orchestrator {
  /** Where it listens. */
  readonly url: string
  /** Answers open requests, then stops. Sagas in flight stay in the store for the next start. */
  close(): Promise<void>
}

/** Listens, then resumes what is unfinished; `/readyz` answers 200 from then on. */
export async function startOrchestrator(
  config: OrchestratorConfig,
  seams: Seams = {},
): Promise<Orchestrator> {
  const log = pino({ name: 'orchestrator', level: config.LOG_LEVEL })
  const metrics = new Metrics()
  const addresses = addressesOf(config)
  const http = new HttpSteps({
    participants: addresses,
    timeoutMs: config.STEP_TIMEOUT_MS,
    deadlineMs: config.STEP_DEADLINE_MS,
    retries: config.STEP_RETRIES,
    onStep: (report) => metrics.step(report),
  })
  const steps = seams.steps?.(http) ?? http
  const machines = seams.machines ?? registered
  const prepared = machines.map((machine) => prepare(machine, steps, systemClock))
  demandAddresses(prepared, addresses)

  const schema = await openSchema<OrchestratorDatabase>({
    url: config.DATABASE_URL,
    schema: 'orchestrator',
    migrations: new URL('../migrations/orchestrator/', import.meta.url),
    poolMax: POOL_MAX,
    applicationName: 'skald orchestrator',
  })
  const store = new PostgresSagaStore(schema.db, schema.pool)
  const engine = new Engine({
    machines: prepared,
    store: seams.store?.(store) ?? store,
    clock: systemClock,
    observer: observeWith(metrics.observer, logObserver(log)),
    newSagaId,
    owner: config.ORCHESTRATOR_ID,
  })
  metrics.watchInFlight(() => engine.inFlight)
  const api = await buildApi({
    engine,
    reader: new SagaReader(schema.db),
    machines,
    waitSeconds: config.WAIT_SECONDS,
    log,
    register: metrics.register,
  })
  const url = await api.listen({ port: config.PORT, host: config.HOST })
  await engine.open()
  log.info({ url, in_flight: engine.inFlight }, 'ready')
  return {
    url,
    async close() {
      engine.stop()
      await api.close()
      http.close()
      await schema.close()
    },
  }
}

/** Found out at the first call, it would undo every saga of the machine, and park those that can't be undone. */
function demandAddresses(
  prepared: readonly PreparedMachine[],
  addresses: Readonly<Record<string, string>>,
): void {
  for (const { id, participants } of prepared) {
    const unknown = [...participants].find((name) => addresses[name] === undefined)
    if (unknown === undefined) continue
    throw new ConfigError(
      `Machine ${id} calls ${unknown}, whose address is not set: add ${unknown}=URL to PARTICIPANTS.`,
    )
  }
}
