/**
 * One orchestrator, wired: store, engine, steps and API. Apart from the process edge, so that a test can put its
 * own faults between the engine and its ports.
 */
import type { Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { FastifyBaseLogger } from 'fastify'
import { pino, type DestinationStream } from 'pino'
import { v4 as newMemberId, v7 as newSagaId } from 'uuid'
import { definitionOf } from '../machines/lock.ts'
import { machines as registered, type RegisteredMachine } from '../machines/registry.ts'
import type { HttpServer } from '../services/participant/http-server.ts'
import { openAccess, type Access } from './access/access.ts'
import { buildApi } from './api/server.ts'
import { background, type Background } from './background.ts'
import { addressesOf, ConfigError, type OrchestratorConfig } from './config.ts'
import { systemClock } from './engine/clock.ts'
import { Engine } from './engine/engine.ts'
import type { LeaseStore, SagaStore, StepCaller } from './engine/ports.ts'
import { prepare, type PreparedMachine } from './engine/prepare.ts'
import { SharedClock } from './engine/shared-clock.ts'
import { Versions } from './engine/versions.ts'
import { inspector } from './inspector/plugin.ts'
import { Metrics } from './metrics/metrics.ts'
import { logObserver, logSteps, observeWith, onTroubleOf } from './observers.ts'
import { logOptions } from './redact/log.ts'
import { Redaction } from './redact/redaction.ts'
import { HttpSteps } from './steps/http-steps.ts'
import { openStores, type Stores } from './store/stores.ts'
import { openTracing, type Tracing, type TracingOptions } from './traces/tracing.ts'

/** What a test may put around the engine's ports; production leaves them as they are. */
export interface Seams {
  /** Instead of the registered ones. */
  readonly machines?: readonly RegisteredMachine[]
  readonly store?: (store: SagaStore) => SagaStore
  readonly leases?: (leases: LeaseStore) => LeaseStore
  readonly steps?: (steps: StepCaller) => StepCaller
  /** Before it listens. */
  readonly api?: (api: HttpServer) => void
  /** Instead of stdout. */
  readonly logTo?: DestinationStream
}

export interface Orchestrator {
  /** Where it listens. */
  readonly url: string
  /** Rejects when it can't go on: another orchestrator lives under its name. */
  readonly failed: Promise<never>
  /**
   * Lets sagas in flight end for a while, hands over the rest, answers open requests, then stops. Who is connected
   * has `lingerMs` at least to learn that it is not ready any more.
   */
  close(options?: { lingerMs?: number }): Promise<void>
}

/** Listens, then joins the others; `/readyz` answers 200 as soon as it owns partitions. */
export async function startOrchestrator(
  config: OrchestratorConfig,
  seams: Seams = {},
): Promise<Orchestrator> {
  const machines = seams.machines ?? registered
  const redaction = new Redaction({ names: config.REDACT, machines })
  const logging = { name: 'orchestrator', level: config.LOG_LEVEL, ...logOptions(redaction.names) }
  const log = pino(logging, seams.logTo)
  const metrics = new Metrics(machines.map(({ machine }) => machine))
  const clock = new SharedClock(systemClock)
  const tracing = await openTracing({ config, clock, onDropped: onDroppedOf(metrics, log) })
  const http = stepsOf({ config, metrics, tracing, log })
  const steps = seams.steps?.(http) ?? http
  const prepared = machines.map((machine) => prepare(machine, steps, clock))
  demandAddresses(prepared, addressesOf(config))
  const access = await openAccess({ config, log, observer: metrics.access })

  const stores = await openStores({
    url: config.DATABASE_URL,
    applicationName: 'skald orchestrator',
    leaseMs: config.LEASE_MS,
    partitions: config.PARTITIONS,
  })
  const engine = new Engine({
    machines: prepared,
    store: seams.store?.(stores.sagas) ?? stores.sagas,
    leases: seams.leases?.(stores.leases) ?? stores.leases,
    clock,
    observer: observeWith(metrics.observer, logObserver(log), tracing?.observer ?? {}),
    newSagaId,
    newMemberId,
    name: config.ORCHESTRATOR_ID,
    random: Math.random,
    leaseMs: config.LEASE_MS,
    takeOverName: config.TAKE_OVER_NAME,
    notifies: config.WEBHOOK_URL !== undefined,
    limits: { inFlight: config.SAGAS_IN_FLIGHT, startQueue: config.START_QUEUE },
  })
  const onTrouble = onTroubleOf(log, 'the figures for the metrics can not be read; tried again')
  metrics.watch({ engine, steps: http, pools: stores.pools, figures: () => stores.figures(), onTrouble })
  const versions = new Versions(prepared)
  const core = { config, stores, engine, versions, redaction, metrics, log }
  const beside = background({ ...core, clock, tracing })
  const api = await buildServer({ ...core, machines, beside, access })
  seams.api?.(api)
  const url = await api.listen({ port: config.PORT, host: config.HOST })
  const close = async ({ lingerMs = 0 } = {}) => {
    await beside.silence()
    await Promise.all([engine.close(config.GRACE_MS), linger(api.server, lingerMs), beside.close()])
    await api.close()
    access?.close()
    http.close()
    await tracing?.close()
    await stores.close()
  }
  try {
    await stores.definitions.add(machines.map(({ machine }) => definitionOf(machine)))
    await engine.open()
  } catch (error) {
    await close()
    throw error
  }
  beside.start()
  log.info({ url, partitions: engine.partitions }, 'ready')
  return { url, failed: engine.failed, close }
}

interface Built {
  readonly config: OrchestratorConfig
  readonly stores: Stores
  readonly engine: Engine
  readonly machines: readonly RegisteredMachine[]
  readonly versions: Versions
  readonly beside: Background
  readonly access: Access | undefined
  readonly redaction: Redaction
  readonly metrics: Metrics
  readonly log: FastifyBaseLogger
}

/** The API, and the inspector beside it. */
async function buildServer({
  config,
  stores,
  beside,
  access,
  metrics,
  ...built
}: Built): Promise<HttpServer> {
  const { reader, exports, inbox, bulks, definitions } = stores
  const { engine, machines, versions, redaction, log } = built
  const both = {
    reader,
    definitions,
    machines,
    versions,
    participants: addressesOf(config),
    serviceToken: serviceTokenOf(config),
    redaction,
    log,
  }
  const api = await buildApi({
    ...both,
    engine,
    exports,
    inbox,
    bulks,
    onBulk: () => beside.onBulk(),
    waitSeconds: config.WAIT_SECONDS,
    access,
    accessObserver: metrics.access,
    register: metrics.register,
  })
  const authenticate = access?.authenticate
  const attachOrigins = config.INSPECTOR_ATTACH_ORIGINS.split(',')
  await api.register(async (app) =>
    inspector(app, { ...both, authenticate, attachOrigins, metrics: metrics.inspector }),
  )
  return api
}

/** What is not told of traces is told of them: how much that is, and now and then why. */
function onDroppedOf(metrics: Metrics, log: FastifyBaseLogger): TracingOptions['onDropped'] {
  const onTrouble = onTroubleOf(log, 'spans could not be sent to the collector; they are dropped')
  return (spans, why) => {
    metrics.tracesDropped(spans)
    onTrouble(why)
  }
}

/** The first of those that participants take: the others are older, or not known everywhere yet. */
function serviceTokenOf({ SERVICE_TOKEN }: OrchestratorConfig): string | undefined {
  return SERVICE_TOKEN?.split(',')[0]
}

interface StepsParts {
  readonly config: OrchestratorConfig
  readonly metrics: Metrics
  readonly tracing: Tracing | undefined
  readonly log: FastifyBaseLogger
}

function stepsOf({ config, metrics, tracing, log }: StepsParts): HttpSteps {
  const authorization = serviceTokenOf(config)
  const logStep = logSteps(log)
  return new HttpSteps({
    participants: addressesOf(config),
    timeoutMs: config.STEP_TIMEOUT_MS,
    deadlineMs: config.STEP_DEADLINE_MS,
    retries: config.STEP_RETRIES,
    concurrency: config.PARTICIPANT_CALLS,
    onStep: (report) => {
      metrics.step(report)
      logStep(report)
    },
    ...(authorization !== undefined && { authorization }),
    ...(tracing && { isSampled: tracing.isSampled, onAttempt: tracing.onAttempt }),
  })
}

/** A gateway looks now and then who is ready; a call that it sends before must find somebody who turns it away. */
async function linger(server: Server, ms: number): Promise<void> {
  const connections = await promisify(server.getConnections.bind(server))()
  if (connections > 0) await sleep(ms)
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
