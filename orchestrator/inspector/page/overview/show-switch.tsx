import { address, go } from '../address.ts'
import { SHOWS, showIn, type Show } from './badges.ts'

const LABELS: Readonly<Record<Show, string>> = {
  now: 'Now here',
  entered: 'Entered in the last hour',
  p95: 'p95 time in state',
  errors: 'Errors',
}

/** The width of a button does not say all. */
const MEANINGS: Readonly<Record<Show, string>> = {
  now: 'How many sagas are in each state now',
  entered: 'How often each state was entered in the last hour',
  p95: 'In the last hour, 95 of 100 stays in a state were no longer than this',
  errors: 'How many calls of each state failed in the last hour',
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
          title={MEANINGS[show]}
          aria-pressed={show === shown}
          onClick={() => go({ show: show === 'now' ? undefined : show })}
        >
          {LABELS[show]}
        </button>
      ))}
    </div>
  )
}
