// Journals that were kept, put into a database as an engine would have written them.
import type { Lease, SagaWrite, Transition } from '../../orchestrator/engine/ports.ts'
import type { SagaFile } from '../../orchestrator/saga-file/saga-file.ts'
import type { JournalDatabase } from './journal-database.ts'

type Change = (row: SagaFile['transitions'][number]) => SagaFile['transitions'][number]

/** `change` spoils or stretches its rows; `sagaId` is that of the file unless said. */
export async function storeSaga(
  { store }: Pick<JournalDatabase, 'store'>,
  lease: Lease,
  { saga, transitions, events }: SagaFile,
  change: Change = (row) => row,
): Promise<void> {
  const rows = transitions.map(change).map(({ snapshot, at, ...row }): Transition => ({
    ...row,
    at: Date.parse(at),
    snapshot: JSON.stringify(snapshot),
    emitted: events
      .filter(({ seq }) => seq === row.seq)
      .map(({ type, payload }) => ({ ...(payload as object), type })),
  }))
  const write: SagaWrite = {
    sagaId: saga.saga_id,
    lease,
    fromSeq: -1,
    transitions: rows,
    status: saga.status,
    state: saga.state,
    problem: null,
    step: saga.step,
    trouble: null,
    wakeAt: saga.status === 'done' || saga.status === 'failed' ? 'ended' : 'on_event',
    start: {
      machine: saga.machine,
      version: saga.version,
      input: saga.input,
      businessKey: saga.business_key,
      idempotency: null,
      trace: null,
    },
    version: null,
    notice: null,
    consumed: [],
  }
  const [outcome] = await store.write([write])
  if (outcome?.kind !== 'committed') throw new Error(`not committed: ${JSON.stringify(outcome)}`)
}
