import { address, go } from '../address.ts'
import { SHOWS, showIn, type Show } from './badges.ts'

const LABELS: Readonly<Record<Show, string>> = {
  now: 'Now here',
  entered: 'Entered in the last hour',
  p95: 'p95 time in state',
  errors: 'Errors',
}

/** What the numbers on the chart tell. */
export function ShowSwitch() {
  const shown = showIn(address.value.show)
  return (
    <div class="segments" role="group" aria-label="Numbers on the chart">
      {SHOWS.map((show) => (
        <button
          key={show}
          type="button"
          class="button"
          aria-pressed={show === shown}
          onClick={() => go({ show: show === 'now' ? undefined : show })}
        >
          {LABELS[show]}
        </button>
      ))}
    </div>
  )
}
