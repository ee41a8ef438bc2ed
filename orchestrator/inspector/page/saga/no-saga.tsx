/** There is nothing to be seen, or nothing new: why, and what to do. */
import { go } from '../address.ts'
import type { ApiError } from '../api.ts'
import { Icon } from '../icon/icon.tsx'

interface FaultProps {
  readonly fault: ApiError
  readonly onAgain: () => Promise<void>
}

export function NoSaga({ fault, onAgain }: Partial<FaultProps>) {
  return (
    <section class="saga is-empty">
      <div role="alert">
        <h1>{fault === undefined ? 'The file is not open any more' : titleOf(fault)}</h1>
        <p>
          {fault?.message ??
            'Nothing of a file is kept when the page is loaded anew: drop it on the page once more.'}
        </p>
      </div>
      <p class="saga-ways">
        <button
          type="button"
          class="button"
          onClick={() => go({ saga: undefined, at: undefined, tab: undefined })}
        >
          <Icon name="back" /> All sagas
        </button>
        {onAgain !== undefined && (
          <button type="button" class="button" onClick={() => void onAgain()}>
            <Icon name="retry" /> Try again
          </button>
        )}
      </p>
    </section>
  )
}

function titleOf({ status }: ApiError): string {
  if (status === 404) return 'There is no such saga'
  return status === 400 ? 'That is no id of a saga' : 'The saga can not be read'
}

/** What was read before is still shown. */
export function Stale({ fault, onAgain }: FaultProps) {
  return (
    <div class="notice is-warning" role="alert">
      <Icon name="alert" />
      <span>
        {fault.status === 404
          ? 'The saga is not there any more: it was archived or pruned. This is how it was.'
          : `It may have moved meanwhile: ${fault.message}`}
      </span>
      <button type="button" class="button" onClick={() => void onAgain()}>
        Try again
      </button>
    </div>
  )
}
