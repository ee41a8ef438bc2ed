/** What the saga told the business, up to the moment that is looked at; what is later is dimmed. */
import { durationOf, timeOf } from '../format/format.ts'
import { isEmpty, ShortJson } from './short-json.tsx'
import type { SagaModel } from './saga-model.ts'
import { placed } from './told-events.ts'

export function EventsPanel({ model }: { readonly model: SagaModel }) {
  const { moments } = model.story.value
  const events = placed(model.events.value, moments)
  const { seq } = model.looked.value
  const first = moments[0]?.at ?? 0
  if (events.length === 0) return <p>It told the business nothing.</p>
  return (
    <ol class="told">
      {events.map((event, nth) => (
        <li key={nth} class={event.seq > seq ? 'is-later' : ''}>
          <div class="told-head">
            <button type="button" class="transition-button" onClick={() => model.goToSeq(event.seq)}>
              {event.type}
            </button>
            <time title={timeOf(Date.parse(event.created_at))}>
              #{event.seq} · +{durationOf(Date.parse(event.created_at) - first)}
            </time>
          </div>
          {!isEmpty(event.payload) && <ShortJson value={event.payload} label={`Payload of ${event.type}`} />}
        </li>
      ))}
    </ol>
  )
}
