import { useComputed } from '@preact/signals'
import { address, go } from '../address.ts'
import { numberOf } from '../format/format.ts'
import { StatusIcon } from '../icon/icon.tsx'
import { counts } from '../live.ts'
import { STATUSES } from '../status.ts'
import type { SagaStatus } from '../types.ts'
import { countIn } from './filter.ts'

/** How many there are in each status, of the machine and version that are looked at; pressed, it lists only those. */
export function StatusChips() {
  return (
    <div class="chips status-chips" role="group" aria-label="Status">
      {STATUSES.map((status) => (
        <StatusChip key={status} status={status} />
      ))}
    </div>
  )
}

function StatusChip({ status }: { readonly status: SagaStatus }) {
  const isPressed = useComputed(() => address.value.status === status)
  const count = useComputed(() => {
    const { machine, version } = address.value
    if (counts.value === null) return '…'
    const scope = { ...(machine !== undefined && { machine }), ...(version !== undefined && { version }) }
    return numberOf(countIn(counts.value, { ...scope, status }) ?? 0)
  })
  return (
    <button
      type="button"
      class="chip"
      aria-pressed={isPressed}
      onClick={() => go({ status: isPressed.peek() ? undefined : status })}
    >
      <StatusIcon status={status} /> {status} <b>{count}</b>
    </button>
  )
}
