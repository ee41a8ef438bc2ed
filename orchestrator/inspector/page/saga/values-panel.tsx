/** What the saga was started with, and what it answered. */
import type { OpenSaga } from '../types.ts'
import { JsonView } from './json-view.tsx'

export function ValuesPanel({ saga: { input, output, last_error } }: { readonly saga: OpenSaga }) {
  return (
    <>
      <JsonView value={input} label="Input" />
      {output === null || output === undefined ? (
        <p>No output yet.</p>
      ) : (
        <JsonView value={output} label="Output" />
      )}
      {last_error !== null && last_error !== undefined && (
        <JsonView value={last_error} label="Why it is undone" />
      )}
    </>
  )
}
