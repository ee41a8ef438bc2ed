/** A JSON value on a line, and whole for who opens it. */
import { useState } from 'preact/hooks'
import { JsonView } from './json-view.tsx'

const LINE_MAX = 160

export const isEmpty = (value: unknown) =>
  value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0)

export function ShortJson({ value, label }: { readonly value: unknown; readonly label: string }) {
  const [isOpen, setOpen] = useState(false)
  const line = JSON.stringify(value) ?? ''
  if (line.length <= LINE_MAX) return <code class="json-line">{line}</code>
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <code class="json-line">{line.slice(0, LINE_MAX)}…</code>
      </summary>
      {isOpen && <JsonView value={value} label={label} />}
    </details>
  )
}
