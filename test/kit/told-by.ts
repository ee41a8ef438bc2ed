// Journals told again by one machine alone, whatever version their saga is on.
import type { AnyStateMachine } from 'xstate'
import type { Difference } from '../../orchestrator/engine/replay/difference.ts'
import type { JournalRow } from '../../orchestrator/engine/replay/journal-row.ts'
import { ReplayMachines } from '../../orchestrator/engine/replay/machines.ts'
import { firstDifference } from '../../orchestrator/engine/replay/replay.ts'

/** To prepare a machine costs as much as to tell some sagas. */
const known = new WeakMap<AnyStateMachine, ReplayMachines>()

export function replayMachinesOf(machine: AnyStateMachine): ReplayMachines {
  const machines = known.get(machine) ?? new ReplayMachines([{ machine }])
  known.set(machine, machines)
  return machines
}

export function differenceBy(machine: AnyStateMachine, rows: readonly JournalRow[]): Difference | undefined {
  const { id, version = '' } = machine
  const { saga_id = 'saga' } = Object(rows[0]?.event['input']) as { saga_id?: string }
  const saga = { saga_id, machine: id, version }
  return firstDifference({ saga, rows }, { machines: replayMachinesOf(machine) })
}
