import { useState } from 'preact/hooks'
import { countedOf, timeOf } from '../format/format.ts'
import type { Actor, LogEntry } from './actors.ts'
import { Json } from './json.tsx'
import { valueWords } from './standing.ts'

/** Of one press. */
const PAGE = 100

export function EventLog({ actor }: { readonly actor: Actor }) {
  const [shown, setShown] = useState(PAGE)
  const { log, events } = actor
  if (log.length === 0) return <p class="attach-hint">None yet.</p>
  const newest = log.toReversed()
  return (
    <>
      <ol class="attach-log" reversed start={events}>
        {newest.slice(0, shown).map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ol>
      {newest.length > shown && (
        <button type="button" class="button" onClick={() => setShown(shown + PAGE)}>
          Show older
        </button>
      )}
      {newest.length <= shown && events > log.length && (
        <p class="attach-hint">{countedOf(events - log.length, 'older event')} forgotten to make room</p>
      )}
    </>
  )
}

function Entry({ entry }: { readonly entry: LogEntry }) {
  const [isOpen, setOpen] = useState(false)
  const { at, event, sourceId, to } = entry
  const { type, ...payload } = event
  const time = timeOf(at).slice(11)
  return (
    <li>
      <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          <time>{time}</time> <code>{String(type)}</code>
          {to !== null && <span class="attach-to"> → {valueWords(JSON.parse(to))}</span>}
        </summary>
        {isOpen && sourceId !== null && (
          <p>
            from <code>{sourceId}</code>
          </p>
        )}
        {isOpen && <Json value={payload} label={`Payload of the event at ${time}`} />}
      </details>
    </li>
  )
}
