/** What became of each saga of a bulk: what went wrong first. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { go } from '../address.ts'
import { ApiError, get } from '../api.ts'
import { numberOf, shortIdOf } from '../format/format.ts'
import { OUTCOMES, type Bulk, type BulkSagasPage, type Outcome } from './bulk-order.ts'

const PAGE = 50

interface ResultsProps {
  readonly bulk: Bulk
  /** To look at one of them. */
  readonly onLeave: () => void
}

export function BulkResults({ bulk, onLeave }: ResultsProps) {
  const chosen = useSignal<Outcome | null>(null)
  const some = OUTCOMES.filter(({ outcome }) => bulk[outcome] > 0)
  const outcome = some.find((one) => one.outcome === chosen.value)?.outcome ?? some[0]?.outcome
  if (outcome === undefined) return null
  return (
    <section aria-label="What became of each">
      <div class="segments">
        {some.map((one) => (
          <button
            key={one.outcome}
            type="button"
            class="chip"
            aria-pressed={one.outcome === outcome}
            onClick={() => (chosen.value = one.outcome)}
          >
            {one.label} <b>{numberOf(bulk[one.outcome])}</b>
          </button>
        ))}
      </div>
      <Sagas key={`${bulk.bulk_id} ${outcome}`} {...{ bulk, outcome, onLeave }} />
    </section>
  )
}

interface SagasProps extends ResultsProps {
  readonly outcome: Outcome
}

function Sagas({ bulk, outcome, onLeave }: SagasProps) {
  const { page, fault, more } = useSagas({ bulk, outcome })
  if (page === null) return fault === '' ? null : <p class="bulk-more">{fault}</p>
  return (
    <>
      <ul class="bulk-sagas">
        {page.sagas.map(({ saga_id, why }) => (
          <li key={saga_id}>
            <button
              type="button"
              class="bulk-saga"
              title={`Look at ${saga_id}`}
              onClick={() => {
                go({ saga: saga_id, at: undefined, tab: undefined })
                onLeave()
              }}
            >
              <code>…{shortIdOf(saga_id)}</code>
            </button>
            <span>{why ?? ''}</span>
          </li>
        ))}
      </ul>
      {fault !== '' && <p class="bulk-more">{fault}</p>}
      {page.next_cursor !== null && (
        <button type="button" class="button" onClick={() => void more()}>
          More
        </button>
      )}
    </>
  )
}

/** The first page anew whenever their number changes, as long as nobody asked for more. */
function useSagas({ bulk, outcome }: Omit<SagasProps, 'onLeave'>) {
  const page = useSignal<BulkSagasPage | null>(null)
  const fault = useSignal('')
  const isFurther = useSignal(false)
  const read = async (cursor?: string) => {
    try {
      const path = `/api/bulk/${bulk.bulk_id}/sagas`
      const next = await get<BulkSagasPage>(path, { outcome, limit: PAGE, cursor })
      const before = cursor === undefined ? [] : (page.peek()?.sagas ?? [])
      page.value = { ...next, sagas: [...before, ...next.sagas] }
      fault.value = ''
    } catch (error) {
      fault.value = error instanceof ApiError ? error.message : String(error)
    }
  }
  useEffect(() => {
    if (!isFurther.peek()) void read()
  }, [bulk[outcome]])
  const more = async () => {
    isFurther.value = true
    await read(page.peek()?.next_cursor ?? undefined)
  }
  return { page: page.value, fault: fault.value, more }
}
