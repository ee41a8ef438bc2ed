/**
 * Keeps house in an orchestrator: looks now and then for what is old, and removes it. Every orchestrator does, and
 * whoever comes first takes a batch. Failing harms nothing: it is told, and tried again later.
 *
 * If the process dies at any line here, what it was at is removed as a whole or not at all (store/house-store.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely, PostgresDialect } from 'kysely'
import type { FastifyBaseLogger } from 'fastify'
import { openPool, type PoolOptions } from '../../migrations/database.ts'
import type { OrchestratorConfig } from '../config.ts'
import { ENDED_STATUSES, HouseStore } from '../store/house-store.ts'
import type { OrchestratorDatabase } from '../store/schema.ts'
import { Archive } from './archive.ts'
import { retentionOf, type Retention } from './retention.ts'
import { forgetEvents, sweep } from './sweep.ts'

const LOOK_EVERY_MS = 60_000
/** The first look: what a start is about comes before. */
const FIRST_LOOK_MS = 5_000
/** What keeps it from removing rarely goes away by itself, and each try is told. */
const FAILED_MS = 600_000
/** It locks nothing that others wait for, but those rows that it removes. */
const STATEMENT_TIMEOUT_MS = 30_000

/** Right for any number of rows, whether they have been counted or not: a batch is looked up saga by saga. */
const BY_INDEX = {
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_material: 'off',
  jit: 'off',
}

export interface OpenedHouseStore {
  readonly store: HouseStore
  readonly close: () => Promise<void>
}

/** On a connection of its own, so that nothing waits behind it. */
export function openHouseStore(
  options: Pick<PoolOptions, 'url' | 'applicationName' | 'statementTimeoutMs'>,
): OpenedHouseStore {
  const pool = openPool({ ...options, poolMax: 1, settings: BY_INDEX })
  const db = new Kysely<OrchestratorDatabase>({ dialect: new PostgresDialect({ pool }) })
  return { store: new HouseStore(db.withSchema('orchestrator')), close: () => db.destroy() }
}

export interface HouseOptions {
  readonly url: string
  readonly retention: Retention
  /** Where journals go before they are removed; nowhere if undefined. */
  readonly archiveFolder: string | undefined
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error' | 'debug'>
  /** From 0 up to, not including, 1: those that started together do not look at once. */
  readonly random: () => number
  readonly lookEveryMs?: number
}

export interface House {
  /** Resolves when the batch under way is through. */
  close(): Promise<void>
}

/** Begins to keep house as the settings have it. */
export function keepHouse(config: OrchestratorConfig, log: HouseOptions['log']): House {
  return openHouse({
    url: config.DATABASE_URL,
    retention: retentionOf(config),
    archiveFolder: config.ARCHIVE_DIR,
    log,
    random: Math.random,
  })
}

export function openHouse(options: HouseOptions): House {
  const { store, close } = openHouseStore({
    url: options.url,
    applicationName: 'skald orchestrator house',
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  })
  const ending = new AbortController()
  const keeper = new Keeper(options, store, ending.signal)
  const running = keeper.run()
  return {
    async close() {
      ending.abort()
      await running
      await close()
    },
  }
}

class Keeper {
  readonly #options: HouseOptions
  readonly #store: HouseStore
  readonly #signal: AbortSignal
  readonly #archive: Archive | undefined

  constructor(options: HouseOptions, store: HouseStore, signal: AbortSignal) {
    this.#options = options
    this.#store = store
    this.#signal = signal
    const { archiveFolder } = options
    this.#archive = archiveFolder === undefined ? undefined : new Archive(archiveFolder)
  }

  async run(): Promise<void> {
    const { lookEveryMs = LOOK_EVERY_MS, random, log } = this.#options
    await this.#pause(Math.min(FIRST_LOOK_MS, lookEveryMs) * random())
    while (!this.#signal.aborted) {
      try {
        await this.#look()
        await this.#pause(lookEveryMs * (0.8 + 0.4 * random()))
      } catch (error) {
        const nextTryMs = Math.max(FAILED_MS, lookEveryMs)
        log.error({ err: error, next_try_ms: nextTryMs }, 'old sagas can not be removed; they stay')
        await this.#pause(nextTryMs)
      }
    }
  }

  async #look(): Promise<void> {
    const { retention, log } = this.#options
    await this.#archive?.tidy()
    for (const status of ENDED_STATUSES) {
      const olderThanMs = retention.sagas[status]
      if (olderThanMs === undefined) continue
      const { sagas, untold, files } = await sweep(
        { status, olderThanMs },
        {
          store: this.#store,
          signal: this.#signal,
          keep: this.#archive?.keep.bind(this.#archive),
          onBatch: (batch) => log.debug({ status, ...batch }, 'old sagas removed: a batch'),
        },
      )
      if (sagas > 0) log.info({ status, sagas, files }, 'old sagas removed')
      if (untold > 0) log.warn({ status, notices: untold }, 'notices of removed sagas were never delivered')
    }
    const events = await forgetEvents(retention.events, { store: this.#store, signal: this.#signal })
    if (events > 0) log.info({ events }, 'answered events forgotten')
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#signal }).catch(() => undefined)
  }
}
