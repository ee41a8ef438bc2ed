// Sagas that ended, or have stood somewhere, for as long as a test likes.
import { v7 as newSagaId } from 'uuid'
import type { Lease, SagaWrite } from '../../orchestrator/engine/ports.ts'
import { nextOf, startOf, type JournalDatabase, type StartOptions } from './journal-database.ts'

export const DAY_MS = 86_400_000

export interface OldOptions extends StartOptions {
  readonly days: number
}

type Journal = Pick<JournalDatabase, 'store' | 'pool' | 'inbox'>

/** Two transitions, four business events, an answered event and a notice that nobody was told of. */
export async function oldSaga(journal: Journal, lease: Lease, options: OldOptions): Promise<SagaWrite> {
  const { store, inbox } = journal
  const { status = 'done', days } = options
  const start = startOf(lease, { ...options, status: 'running' })
  await written(store, start)
  const { sagaId } = start
  const event = { type: 'NOTE' }
  const accepted = await inbox.accept({ sagaId, key: 'k', fingerprint: 'f', event, max: 1 })
  if (accepted.kind !== 'accepted') throw new Error(`event ${accepted.kind}`)
  const hasEnded = status === 'done' || status === 'failed'
  const last: SagaWrite = {
    ...nextOf(start, hasEnded ? status : `in.${status}`, status),
    wakeAt: hasEnded ? 'ended' : status === 'parked' ? 'on_event' : 'in_flight',
    consumed: [{ id: accepted.id, outcome: 'applied' }],
    notice: status === 'failed' || status === 'parked' ? { kind: status, seq: 1, payload: {} } : null,
  }
  await written(store, last)
  await age(journal, sagaId, days)
  return last
}

async function written(store: Journal['store'], write: SagaWrite): Promise<void> {
  const [outcome] = await store.write([write])
  if (outcome?.kind !== 'committed') throw new Error(`not committed: ${JSON.stringify(outcome)}`)
}

/** As if its last transition, and its events, were of so many days ago. */
export async function age({ pool }: Pick<Journal, 'pool'>, sagaId: string, days: number): Promise<void> {
  const ago = `now() - $2 * interval '1 day'`
  await pool.query(`update orchestrator.saga set updated_at = ${ago} where saga_id = $1`, [sagaId, days])
  await pool.query(`update orchestrator.inbox set created_at = ${ago} where saga_id = $1`, [sagaId, days])
}

/** So many more like this one, each a second younger than the one before; resolves with their ids. */
export async function copiesOf(
  { pool }: Pick<Journal, 'pool'>,
  sagaId: string,
  count: number,
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newSagaId())
  const table = async (name: string, columns: string, updated = '') =>
    await pool.query(
      `insert into orchestrator.${name} (saga_id, ${columns}${updated && ', updated_at'})
       select copy.id, ${columns}${updated}
       from orchestrator.${name} row, unnest($2::uuid[]) with ordinality copy (id, n)
       where row.saga_id = $1`,
      [sagaId, ids],
    )
  const start = 'partition, machine, version, business_key, input'
  const younger = `, updated_at + n * interval '1 second'`
  await table('saga', `${start}, status, state, seq, epoch, problem, step, trouble, wake_at`, younger)
  await table('transition', 'partition, seq, actor, event, timer, at, state, snapshot')
  await table('business_event', 'partition, seq, ordinal, type, payload')
  return ids
}
