import { jsonOf } from './received.ts'

/** What a person can still read; the rest would only make the page slow. */
const SHOWN_MAX = 50_000

interface JsonProps {
  readonly value: unknown
  readonly label: string
}

/** A region that can be scrolled has to be reached by keyboard. */
export function Json({ value, label }: JsonProps) {
  const text = jsonOf(value, 2) ?? 'can not be shown as JSON'
  return (
    <pre class="attach-json" tabIndex={0} role="region" aria-label={label}>
      {text.length > SHOWN_MAX
        ? `${text.slice(0, SHOWN_MAX)}\n… ${text.length - SHOWN_MAX} more characters`
        : text}
    </pre>
  )
}
