/** Connections to the database, by pool: one that has none free is where everything waits. */
import { Gauge, type Registry } from 'prom-client'

/** The part of pg's pool that tells. */
export type WatchedPool = {
  readonly totalCount: number
  readonly idleCount: number
  readonly waitingCount: number
}

/** Asked at each scrape. */
export function watchPools(register: Registry, pools: Readonly<Record<string, WatchedPool>>): void {
  const all = Object.entries(pools)
  const connections = new Gauge({
    name: 'skald_pool_connections',
    help: 'Connections to the database that are open, by pool, and whether they are in use (busy) or not (idle)',
    labelNames: ['pool', 'use'],
    registers: [],
    collect() {
      for (const [pool, { totalCount, idleCount }] of all) {
        this.set({ pool, use: 'idle' }, idleCount)
        this.set({ pool, use: 'busy' }, totalCount - idleCount)
      }
    },
  })
  const waiting = new Gauge({
    name: 'skald_pool_waiting',
    help: 'Queries that wait for a connection of the pool',
    labelNames: ['pool'],
    registers: [],
    collect() {
      for (const [pool, { waitingCount, idleCount }] of all) {
        // Those that idle connections take in a moment do not wait; the figures of this very scrape are among them.
        this.set({ pool }, Math.max(0, waitingCount - idleCount))
      }
    },
  })
  register.registerMetric(connections)
  register.registerMetric(waiting)
}
