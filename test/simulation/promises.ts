/** What every simulated run must show at its end, whatever befell it: the promises of the README. */
import { firstDifference } from '../../orchestrator/engine/replay.ts'
import type { SagaRecord, StoredRow } from './memory-store.ts'
import type { End, Scenario, Simulation } from './simulation.ts'

export function complaintsOf(scenario: Scenario, { outside }: Simulation, isAtRest: boolean): string[] {
  const { store, ledger, complaints } = outside
  const sagas = [...store.sagas.values()]
  const found = [...complaints, ...ledger.complaints]
  if (!isAtRest) found.push('it runs in circles')
  if (sagas.length !== 1) found.push(`${sagas.length} sagas were stored for one key`)
  const twice = ledger.executed.filter((effect, at) => ledger.executed.indexOf(effect) !== at)
  if (twice.length > 0) found.push(`done twice: ${twice.join(', ')}`)
  if (scenario.undoesAtOnce !== true) found.push(...undoneOutOfOrder(ledger.executed))
  for (const saga of sagas) {
    found.push(...endComplaints(scenario.ends, saga, [...ledger.standing]))
    found.push(...journalComplaints(saga.journal))
    const rows = saga.journal.map((row) => ({ ...row, snapshot: JSON.parse(row.snapshot) as unknown }))
    const difference = firstDifference(scenario.machine.machine, rows)
    if (difference !== undefined) found.push(`replay differs: ${JSON.stringify(difference)}`)
  }
  return found
}

function endComplaints(ends: readonly End[], saga: SagaRecord, standing: readonly string[]): string[] {
  const { status, problem, journal, state } = saga
  const events = journal.flatMap((row) => row.emitted.map(({ type }) => type))
  const seen = { status, standing, events }
  const asTold = ends.some((end) => JSON.stringify(end) === JSON.stringify(seen))
  if (asTold && problem === null) return []
  return [`it ended otherwise, in ${state}: ${JSON.stringify(seen)} ${problem?.message ?? ''}`]
}

function journalComplaints(journal: readonly StoredRow[]): string[] {
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
function undoneOutOfOrder(executed: readonly string[]): string[] {
  const began = executed.filter((effect) => !effect.endsWith(':undo'))
  const undone = executed
    .filter((effect) => effect.endsWith(':undo'))
    .map((effect) => effect.slice(0, -':undo'.length))
    .filter((step) => began.includes(step))
  const expected = began.filter((step) => undone.includes(step)).toReversed()
  return undone.join() === expected.join() ? [] : [`undone out of order: ${executed.join(', ')}`]
}
