/** What an orchestrator does beside driving sagas: takes bulks further, tells of sagas that need a person, keeps house. */
import type { FastifyBaseLogger } from 'fastify'
import { BulkWorker } from './bulk/worker.ts'
import type { OrchestratorConfig } from './config.ts'
import type { Engine } from './engine/engine.ts'
import type { Clock } from './engine/ports.ts'
import type { Versions } from './engine/versions.ts'
import { keepHouse } from './house/house.ts'
import type { Metrics } from './metrics/metrics.ts'
import { NoticeSender } from './notices/sender.ts'
import { Webhook } from './notices/webhook.ts'
import { onTroubleOf } from './observers.ts'
import type { Stores } from './store/stores.ts'
import type { Redaction } from './redact/redaction.ts'
import type { Tracing } from './traces/tracing.ts'

/** For one call: a receiver that is slower gets the notice again. */
const WEBHOOK_TIMEOUT_MS = 10_000
/** So long calls to the webhook may hold up the end of this process; the next owner makes them again. */
const NOTICES_GRACE_MS = 1_000

export interface BackgroundOptions {
  readonly config: OrchestratorConfig
  readonly stores: Pick<Stores, 'bulks' | 'notices'>
  readonly engine: Pick<Engine, 'leases'>
  readonly versions: Versions
  readonly clock: Clock
  readonly redaction: Redaction
  readonly metrics: Metrics
  readonly tracing: Tracing | undefined
  readonly log: FastifyBaseLogger
}

export interface Background {
  /** There may be a bulk to take further. */
  onBulk(): void
  start(): void
  /** Tells nothing more. Called while the leases are held still: what is being told need not be told again. */
  silence(): Promise<void>
  close(): Promise<void>
}

export function background({ config, stores, log, ...options }: BackgroundOptions): Background {
  const bulkWorker = new BulkWorker({
    store: stores.bulks,
    redaction: options.redaction,
    versions: options.versions,
    random: Math.random,
    onTrouble: onTroubleOf(log, 'a bulk could not be taken further; tried again'),
  })
  const sender = senderOf({ config, stores, log, ...options })
  const house = keepHouse(config, log)
  return {
    onBulk: () => bulkWorker.poke(),
    start() {
      bulkWorker.start()
      sender?.start()
    },
    async silence() {
      await sender?.close(NOTICES_GRACE_MS)
    },
    async close() {
      await Promise.all([bulkWorker.close(), house.close()])
    },
  }
}

/** None where nobody is to be told. */
function senderOf({
  config,
  stores,
  engine,
  clock,
  metrics,
  tracing,
  redaction,
  log,
}: Omit<BackgroundOptions, 'versions'>) {
  const { WEBHOOK_URL: url, WEBHOOK_SECRET: secret } = config
  if (url === undefined || secret === undefined) return undefined
  const webhook = new Webhook({
    url,
    secret,
    timeoutMs: WEBHOOK_TIMEOUT_MS,
    now: () => clock.now(),
    redact: (data) => redaction.notice(data),
    ...(tracing && { isSampled: tracing.isSampled }),
  })
  return new NoticeSender({
    store: stores.notices,
    webhook,
    leases: () => engine.leases,
    random: Math.random,
    onTold: (outcome) => metrics.notice(outcome),
    onTrouble: onTroubleOf(log, 'notices could not be told to the webhook; tried again'),
  })
}
