/** A JSON value as text: whatever it says, it is only ever that. */
import { useMemo } from 'preact/hooks'
import { sizeOf } from '../format/format.ts'
import { CopyButton } from './copy-button.tsx'

interface JsonViewProps {
  readonly value: unknown
  /** What it is, for its heading and for screen readers. */
  readonly label: string
}

/** Longer ones are cut here: laying out megabytes of text would hold up the page. */
const LENGTH_MAX = 300_000

export function JsonView({ value, label }: JsonViewProps) {
  const text = useMemo(() => JSON.stringify(value, null, 2) ?? 'nothing', [value])
  return (
    <section class="json">
      <div class="json-head">
        <h3>{label}</h3>
        <CopyButton text={() => text} what={label.toLowerCase()} />
      </div>
      <pre tabIndex={0} role="region" aria-label={label}>
        {text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}\n…` : text}
      </pre>
      {text.length > LENGTH_MAX && <p>Only its beginning is shown; copying takes all of it.</p>}
    </section>
  )
}

/** In the place of one that is too long to be shown. */
export function CutView({ bytes, label }: { readonly bytes: number; readonly label: string }) {
  return (
    <section class="json">
      <h3>{label}</h3>
      <p>It has {sizeOf(bytes)}: too much to be shown here.</p>
    </section>
  )
}
