import { useMemo } from 'preact/hooks'
import { ChartView } from '../chart/chart-view.tsx'
import { timeOf } from '../format/format.ts'
import { Icon, MarkIcon } from '../icon/icon.tsx'
import type { Actor } from './actors.ts'
import { drawnOf } from './drawn.ts'
import { EventLog } from './event-log.tsx'
import { Json } from './json.tsx'
import { markOf, marksOf, statusOf, whereOf } from './standing.ts'

export function ActorView({ actor }: { readonly actor: Actor }) {
  const { context, ...rest } = actor.snapshot
  return (
    <>
      <ActorHead actor={actor} />
      <div class={actor.machine === null ? 'attach-facts' : 'attach-facts is-beside-chart'}>
        {actor.machine !== null && (
          <div class="attach-chart">
            <ActorChart actor={actor} />
          </div>
        )}
        <section>
          <h3>Events</h3>
          <EventLog actor={actor} />
        </section>
        <section>
          <h3>{context === undefined ? 'Snapshot' : 'Context'}</h3>
          {context !== undefined && <Json value={context} label="Context" />}
          {context !== undefined && <h3>Snapshot</h3>}
          <Json value={rest} label="Snapshot" />
        </section>
      </div>
    </>
  )
}

function ActorHead({ actor }: { readonly actor: Actor }) {
  const { name, sessionId, since } = actor
  return (
    <div class="attach-head">
      <MarkIcon mark={markOf(actor)} />
      <h2>{name}</h2>
      <span>{statusOf(actor)}</span>
      <code class="attach-value" aria-live="polite">
        {whereOf(actor)}
      </code>
      <span class="attach-session">
        <code>{sessionId}</code> since {timeOf(since).slice(11)}
      </span>
    </div>
  )
}

/** Nothing of an attached machine can be picked. */
const NOTHING: ReadonlySet<string> = new Set()

function ActorChart({ actor }: { readonly actor: Actor }) {
  const drawn = useMemo(() => drawnOf(actor), [actor.machine])?.value
  const { value, status } = actor.snapshot
  const marks = useMemo(() => marksOf(actor), [value, status])
  if (drawn === undefined) return null
  if (drawn.kind === 'asked') return <p class="attach-hint">The server draws its chart.</p>
  if (drawn.kind === 'not-drawn')
    return (
      <p class="notice is-warning">
        <Icon name="alert" /> Its chart can not be drawn: {drawn.why}
      </p>
    )
  return <ChartView drawn={drawn.chart} title={`Chart of ${actor.name}`} marks={marks} pickable={NOTHING} />
}
