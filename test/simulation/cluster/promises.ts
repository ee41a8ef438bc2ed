/** What a cluster must show, at each moment and at its end: DESIGN 1. */
import { isDeepStrictEqual } from 'node:util'
import { ReplayMachines } from '../../../orchestrator/engine/replay/machines.ts'
import type { Deeds } from '../ledger.ts'
import type { SagaRecord } from '../memory-store.ts'
import { doneTwice, journalComplaints, replayComplaints, undoneOutOfOrder } from '../promises.ts'
import { nrOf } from './callers.ts'
import type { Cluster } from './cluster.ts'
import { kinds, NEW } from './draw.ts'

const machines = new ReplayMachines(NEW)

/** A process that has just gone on has not run its timers yet. */
const JUST_MS = 1

/** No process that runs has calls open, or calls itself ready, when its session has ended. */
export function watchNow({ lives, outside }: Cluster): void {
  const { world, complaints } = outside
  for (const { process, connection, steps, engine, isAwake } of lives) {
    if (!isAwake || connection.isOvertaken || process.stillUntil > world.now - JUST_MS) continue
    for (const [signal, { partition }] of steps.open) {
      if (signal.aborted || connection.drives(partition)) continue
      complaints.push(`${process.name} has a call open in partition ${partition}, which it does not own`)
    }
    if (engine.accepting && !connection.isJoined) {
      complaints.push(`${process.name} calls itself ready, and its session has ended`)
    }
  }
}

/** What is still to come until all is well again; empty when nothing is. */
export function unsettled({ outside, callers, lives }: Cluster): string[] {
  const { store, leases } = outside
  const found: string[] = []
  for (const { sagaId, wakeAt, state, problem } of store.sagas.values()) {
    if (wakeAt === 'ended') continue
    found.push(`${sagaId} has not ended: ${state}, ${String(wakeAt)} ${problem?.message ?? ''}`)
  }
  for (const { id, sagaId, outcome } of store.inbox) {
    if (outcome === null) found.push(`event ${id} for ${sagaId} was never answered`)
  }
  if (!callers.areContent) found.push('somebody still waits to be told')
  const up = lives.filter(({ isUp }) => isUp)
  const fair = leases.partitions.length / up.length
  for (const { process, engine, connection } of up) {
    const owned = leases.partitions.filter((_, partition) => connection.drives(partition)).length
    if (owned > Math.ceil(fair) || owned < Math.floor(fair)) {
      found.push(`${process.name} owns ${owned} partitions; ${fair} would be fair`)
    }
    if (owned !== engine.partitions)
      found.push(`${process.name} owns ${owned} and knows ${engine.partitions}`)
  }
  const nobodys = leases.partitions.filter(({ owner }) => !leases.isAlive(owner)).length
  if (nobodys > 0) found.push(`nobody owns ${nobodys} partitions`)
  return found
}

export function brokenPromises(cluster: Cluster): string[] {
  const { store, ledger, complaints } = cluster.outside
  const found = [...complaints, ...ledger.complaints, ...store.complaints]
  // What was seen on the way is told first; the rest follows from it.
  if (complaints.length === 0) found.push(...unsettled(cluster))
  for (const saga of store.sagas.values()) {
    const deeds = ledger.deedsFor(saga.sagaId)
    const broken = [
      ...doneTwice(deeds.executed),
      ...undoneOutOfOrder(deeds.executed),
      ...journalComplaints(saga.journal),
      ...(complaints.length === 0 ? [...endComplaints(saga, deeds), ...replayed(saga)] : []),
    ]
    found.push(...broken.map((words) => `${saga.sagaId}: ${words}`))
  }
  return [...found, ...startComplaints(cluster), ...inboxComplaints(cluster)]
}

const LAST: Readonly<Record<string, string>> = { TERMINEE: 'done', DONE: 'done', FAILED: 'failed' }

function endComplaints(saga: SagaRecord, { standing }: Deeds): string[] {
  const { start, status, state, wakeAt, journal } = saga
  if (wakeAt !== 'ended') return []
  if (journal.some(({ event }) => event.type === 'skald.abandon')) return abandonedComplaints(saga)
  const { steps = [] } = kinds.get(`${start.machine}@${start.version}`) ?? {}
  const found: string[] = []
  const expected = status === 'done' ? steps : []
  if (!isDeepStrictEqual([...standing], expected)) {
    found.push(`it is ${status}, and what stands is: ${[...standing].join(', ')}`)
  }
  if (status !== state) found.push(`it is ${status} in ${state}`)
  const events = journal.flatMap((row) => row.emitted.map(({ type }) => type))
  const ends = events.flatMap((type) => LAST[type] ?? [])
  const told = [...saga.notices.values()].filter(({ kind }) => kind === 'failed')
  if (told.length !== (status === 'failed' ? 1 : 0))
    found.push(`people were told ${told.length} times of its end`)
  if (!isDeepStrictEqual(ends, [status])) found.push(`it told its end otherwise: ${events.join(', ')}`)
  return found
}

/** Given up where it stood; whatever its steps did may stand. */
function abandonedComplaints({ status, journal }: SagaRecord): string[] {
  const found: string[] = []
  const last = journal.at(-1)
  if (status !== 'failed') found.push(`it was given up, and is ${status}`)
  if (last?.event.type !== 'skald.abandon') found.push(`it was given up, and heard of ${last?.event.type}`)
  const snapshot = JSON.parse(last?.snapshot ?? '{}') as Record<string, unknown>
  const { children, timers } = snapshot
  if (!isDeepStrictEqual({ children, timers }, { children: {}, timers: {} }))
    found.push('it was given up, and something is open')
  if (
    !isDeepStrictEqual(
      last?.emitted.map(({ type }) => type),
      ['ABANDONED'],
    )
  )
    found.push('it was given up, and told nobody')
  return found
}

function replayed(saga: SagaRecord): string[] {
  return replayComplaints(machines, saga)
}

/** One saga for one key; none where nothing was accepted; and whoever was told of one, was told the truth. */
function startComplaints({ outside, callers }: Cluster): string[] {
  const found: string[] = []
  for (const { saga, sagaIds, last } of callers.told) {
    const stored = [...outside.store.sagas.values()].filter((record) => nrOf(record) === saga.nr)
    if (stored.length > 1) found.push(`saga ${saga.nr} was begun ${stored.length} times`)
    for (const sagaId of sagaIds) {
      if (!stored.some((record) => record.sagaId === sagaId))
        found.push(`${sagaId} was accepted, and is lost`)
    }
    if (!saga.hasKey && last === 'refused' && stored.length > 0) {
      found.push(`saga ${saga.nr} was begun, and its caller told that nothing was accepted`)
    }
  }
  return found
}

/** Each event is answered once, by one row or none, in the order of acceptance. */
function inboxComplaints({ outside, callers }: Cluster): string[] {
  const { store } = outside
  const found: string[] = []
  for (const accepted of callers.accepted) {
    if (!store.inbox.some(({ sagaId, key }) => `${sagaId} ${key}` === accepted)) {
      found.push(`${accepted} was accepted, and is lost`)
    }
  }
  for (const { sagaId, journal } of store.sagas.values()) {
    const heard = journal.flatMap(({ event }) => (event['key'] === undefined ? [] : [String(event['key'])]))
    const applied = store.inbox
      .filter((row) => row.sagaId === sagaId && row.outcome === 'applied')
      .map(({ key }) => key)
    if (!isDeepStrictEqual(heard, applied)) {
      found.push(`${sagaId} heard ${heard.join(', ')}; said to be applied, in order: ${applied.join(', ')}`)
    }
  }
  return found
}
