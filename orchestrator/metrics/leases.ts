/** Who owns what: partitions that come and go, and the session that they stand on. */
import { Counter, type Registry } from 'prom-client'
import type { Observer } from '../engine/ports.ts'

export function leaseMetrics(register: Registry): Partial<Observer> {
  const registers = [register]
  const moved = new Counter({
    name: 'skald_partitions_moved_total',
    help: 'Partitions that came (acquired), were given up in peace (handed_over), or were lost',
    labelNames: ['kind'],
    registers,
  })
  // A counter that comes with its first event has grown by nothing, as Prometheus sees it.
  for (const kind of ['acquired', 'handed_over', 'lost']) moved.inc({ kind }, 0)
  const losses = new Counter({
    name: 'skald_lease_losses_total',
    help: 'Times that partitions were lost: the session was not renewed in time, or another orchestrator took them',
    registers,
  })
  const troubles = new Counter({
    name: 'skald_store_troubles_total',
    help: 'Renewals of the session, and reads of what it owns, that failed and were tried again',
    registers,
  })
  return {
    leases: ({ kind, partitions }) => {
      moved.inc({ kind }, partitions.length)
      if (kind === 'lost') losses.inc()
    },
    storeTrouble: () => troubles.inc(),
  }
}
