/** What is shown in place of a part of the page that broke: the rest of it goes on. */
import type { ComponentChildren } from 'preact'
import { useErrorBoundary } from 'preact/hooks'

export function Boundary({ children }: { readonly children: ComponentChildren }) {
  const [error, mend] = useErrorBoundary()
  if (error === undefined) return <>{children}</>
  return (
    <div class="notice is-error" role="alert">
      <p>
        This part of the page broke, and nothing else: no saga is any different for it. What it said:{' '}
        {error instanceof Error ? error.message : String(error)}
      </p>
      <button type="button" class="button" onClick={mend}>
        Try again
      </button>
    </div>
  )
}
