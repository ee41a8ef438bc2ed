// The journal: every saga's rows without a gap from 0 to where the saga stands, and nothing that belongs to no row.
import { sql } from 'kysely'
import type { Check } from './check.ts'

const rows: Check[] = [
  {
    name: 'journal',
    faults: sql`
      select saga_id, format('stands at seq %s, but its journal has %s rows, from %s to %s', saga.seq,
        count(transition.seq), coalesce(min(transition.seq), -1), coalesce(max(transition.seq), -1)) as what
      from orchestrator.saga left join orchestrator.transition using (partition, saga_id)
      group by partition, saga_id, saga.seq
      having count(transition.seq) <> saga.seq + 1
        or min(transition.seq) <> 0 or max(transition.seq) <> saga.seq
    `,
  },
  {
    name: 'journal',
    faults: sql`
      select saga_id, format('is %s in %s, but the last row of its journal is in %s', status, saga.state,
        last.state) as what
      from orchestrator.saga join orchestrator.transition last using (partition, saga_id, seq)
      where saga.state <> last.state
        or (status in ('done', 'failed')) <> (last.snapshot ->> 'status' = 'done')
    `,
  },
  {
    name: 'journal',
    faults: sql`
      select saga_id, format('is not there, but has %s rows in the journal of partition %s', count(*),
        partition) as what
      from orchestrator.transition left join orchestrator.saga using (partition, saga_id)
      where saga.saga_id is null group by partition, saga_id
    `,
  },
  {
    name: 'journal',
    faults: sql`
      select saga_id, format('is there in %s partitions', count(*)) as what
      from orchestrator.saga group by saga_id having count(*) > 1
    `,
  },
  {
    name: 'journal',
    faults: sql`
      select saga_id, format('was written under epoch %s, but partition %s has only come to epoch %s', saga.epoch,
        partition, coalesce(owned.epoch, -1)) as what
      from orchestrator.saga left join orchestrator.partition owned on owned.id = partition
      where saga.epoch > coalesce(owned.epoch, -1)
    `,
  },
]

const events: Check[] = [
  {
    name: 'journal',
    faults: sql`
      select saga_id, format('has business event %s at seq %s, where its journal has no row', type, event.seq) as what
      from orchestrator.business_event event
      left join orchestrator.transition using (partition, saga_id, seq)
      where transition.saga_id is null
    `,
  },
  {
    name: 'journal',
    faults: sql`
      select saga_id, format('lacks one of the business events of seq %s', seq) as what
      from orchestrator.business_event
      group by partition, saga_id, seq having min(ordinal) <> 0 or max(ordinal) + 1 <> count(*)
    `,
  },
  {
    name: 'journal',
    faults: sql`
      select saga.saga_id, format('is %s, but the business was told of %s', status,
        coalesce(string_agg(type, ', ' order by type), 'no end')) as what
      from orchestrator.saga
      left join orchestrator.business_event ending
        on (ending.partition, ending.saga_id) = (saga.partition, saga.saga_id)
        and type in ('TERMINEE', 'FAILED', 'ABANDONED')
      where machine = 'commande'
      group by saga.partition, saga.saga_id, status
      having coalesce(string_agg(type, ', '), 'no end') <> all (
        case status when 'done' then '{TERMINEE}' when 'failed' then '{FAILED, ABANDONED}' else '{no end}' end::text[]
      )
    `,
  },
]

export const journalChecks: Check[] = [...rows, ...events]
