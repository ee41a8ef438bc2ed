// Who owns which partitions, and how long it takes until others do.
import type { Orchestrator } from './orchestrator.ts'
import type { System } from './system.ts'

/** More than a takeover may take on a machine that is busy with all else. */
const GIVE_UP_MS = 20_000
const POLL_MS = 20

/** Partitions of one orchestrator, as they were at one moment. */
export interface Holdings {
  readonly partitions: readonly number[]
  /** The member id that owned them. */
  readonly owner: string
  /** Sagas in them that were on their way. */
  readonly inFlight: number
}

export async function holdingsOf(system: System, { memberName }: Orchestrator): Promise<Holdings> {
  const [row] = await system.query<{ owner: string | null; partitions: number[] | null; in_flight: number }>(
    `select member.id as owner, array_agg(partition.id) as partitions,
       (select count(*)::integer from orchestrator.saga
        where status in ('running', 'compensating') and partition = any(array_agg(partition.id))) as in_flight
     from orchestrator.member join orchestrator.partition on owner = member.id
     where name = $1 group by member.id`,
    [memberName],
  )
  return { owner: row?.owner ?? '', partitions: row?.partitions ?? [], inFlight: row?.in_flight ?? 0 }
}

/** How many of them somebody else owns by now. */
export async function takenOver(system: System, { partitions, owner }: Holdings): Promise<number> {
  const [row] = await system.query<{ taken: number }>(
    'select count(*)::integer as taken from orchestrator.partition where id = any($1) and owner <> $2',
    [partitions, owner],
  )
  return row?.taken ?? 0
}

/** Milliseconds from `since` until all of them have another owner; undefined if there were none, or it never came. */
export async function takeoverMs(
  system: System,
  holdings: Holdings,
  since: number,
): Promise<number | undefined> {
  if (holdings.partitions.length === 0) return undefined
  while (performance.now() < since + GIVE_UP_MS) {
    if ((await takenOver(system, holdings)) === holdings.partitions.length) return performance.now() - since
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return undefined
}
