/** What every simulated run must show at its end, whatever befell it: the promises of the README. */
import { ReplayMachines } from '../../orchestrator/engine/replay/machines.ts'
import { firstDifference } from '../../orchestrator/engine/replay/replay.ts'
import { replayMachinesOf } from '../kit/told-by.ts'
import type { SagaRecord, StoredRow } from './memory-store.ts'
import type { End, Scenario } from './simulation.ts'
import type { Outside } from './steps.ts'

export function complaintsOf(scenario: Scenario, outside: Outside, isAtRest: boolean): string[] {
  const { store, ledger, complaints } = outside
  const sagas = [...store.sagas.values()]
  const found = [...complaints, ...ledger.complaints, ...store.complaints]
  if (!isAtRest) found.push('it runs in circles')
  if (sagas.length !== 1) found.push(`${sagas.length} sagas were stored for one key`)
  for (const saga of sagas) {
    const { executed, standing } = ledger.deedsFor(saga.sagaId)
    found.push(...doneTwice(executed))
    if (scenario.undoesAtOnce !== true) found.push(...undoneOutOfOrder(executed))
    found.push(...endComplaints(scenario.ends, saga, [...standing]))
    found.push(...journalComplaints(saga.journal))
    found.push(...replayComplaints(machinesOf(scenario), saga))
    const unanswered = store.inbox.filter(({ outcome }) => outcome === null)
    if (unanswered.length > 0) found.push(`${unanswered.length} events were never answered`)
  }
  return found
}

function machinesOf({ machine, beside }: Scenario): ReplayMachines {
  return beside === undefined ? replayMachinesOf(machine.machine) : new ReplayMachines([...beside, machine])
}

export function doneTwice(executed: readonly string[]): string[] {
  const twice = executed.filter((effect, at) => executed.indexOf(effect) !== at)
  return twice.length === 0 ? [] : [`done twice: ${twice.join(', ')}`]
}

export function replayComplaints(machines: ReplayMachines, { sagaId, start, journal }: SagaRecord): string[] {
  const rows = journal.map((row) => ({ ...row, snapshot: JSON.parse(row.snapshot) as unknown }))
  const events = journal.flatMap(({ seq, emitted }) =>
    emitted.map(({ type, ...payload }) => ({ seq, type, payload })),
  )
  const saga = { saga_id: sagaId, machine: start.machine, version: start.version }
  const difference = firstDifference({ saga, rows, events }, { machines })
  return difference === undefined ? [] : [`replay differs: ${JSON.stringify(difference)}`]
}

function endComplaints(ends: readonly End[], saga: SagaRecord, standing: readonly string[]): string[] {
  const { status, problem, journal, state } = saga
  const events = journal.flatMap((row) => row.emitted.map(({ type }) => type))
  const seen = { status, standing, events }
  const asTold = ends.some((end) => JSON.stringify(end) === JSON.stringify(seen))
  if (asTold && problem === null) return []
  return [`it ended otherwise, in ${state}: ${JSON.stringify(seen)} ${problem?.message ?? ''}`]
}

/** Gap-free, each row under the lease of its time, no timer before it was due. */
export function journalComplaints(journal: readonly StoredRow[]): string[] {
  const found: string[] = []
  journal.forEach((row, index) => {
    if (row.seq !== index) found.push(`row ${index} of the journal has seq ${row.seq}`)
    if (row.epoch !== row.epochThen) found.push(`row ${index} was written by one that had lost its lease`)
    if (row.timer === null) return
    const dueAt = dueAtOf(JSON.parse(journal[index - 1]?.snapshot ?? '{}') as WithTimers, row.timer)
    if (dueAt === undefined) found.push(`row ${index} tells of a timer that was not pending: ${row.timer}`)
    else if (row.at < dueAt) found.push(`timer ${row.timer} fired before it was due`)
  })
  return found
}

interface WithTimers {
  readonly timers?: Readonly<Record<string, { readonly dueAt: number }>>
  readonly children?: Readonly<Record<string, { readonly snapshot: WithTimers }>>
}

/** In the snapshot itself, or in that of a machine in it. */
function dueAtOf(snapshot: WithTimers, timer: string): number | undefined {
  const children = Object.values(snapshot.children ?? {})
  return (
    snapshot.timers?.[timer]?.dueAt ??
    children.map((child) => dueAtOf(child.snapshot, timer)).find((dueAt) => dueAt !== undefined)
  )
}

/** Compensations run in the reverse order of the steps that they undo. */
export function undoneOutOfOrder(executed: readonly string[]): string[] {
  const began = executed.filter((effect) => !effect.endsWith(':undo'))
  const undone = executed
    .filter((effect) => effect.endsWith(':undo'))
    .map((effect) => effect.slice(0, -':undo'.length))
    .filter((step) => began.includes(step))
  const expected = began.filter((step) => undone.includes(step)).toReversed()
  return undone.join() === expected.join() ? [] : [`undone out of order: ${executed.join(', ')}`]
}
