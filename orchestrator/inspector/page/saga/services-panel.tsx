/** What the participants noted of the saga, each by itself. */
import { useEffect, useState } from 'preact/hooks'
import { timeOf } from '../format/format.ts'
import { MarkIcon } from '../icon/icon.tsx'
import { messageOf } from '../message-of.ts'
import type { PanelProps } from './panels.tsx'
import { isEmpty, ShortJson } from './short-json.tsx'
import type { ServiceEvents } from './source.ts'

type Asked = { readonly told: ServiceEvents | null } | { readonly fault: string }

export function ServicesPanel({ model, saga }: PanelProps) {
  const [asked, setAsked] = useState<Asked>()
  useEffect(() => {
    const stopped = new AbortController()
    const ask = async () => {
      try {
        const told = await model.source.serviceEvents(stopped.signal)
        if (!stopped.signal.aborted) setAsked({ told })
      } catch (error) {
        if (!stopped.signal.aborted) setAsked({ fault: messageOf(error) })
      }
    }
    void ask()
    return () => stopped.abort()
  }, [model, saga.seq])
  if (asked === undefined) return <p role="status">The participants are asked …</p>
  if ('fault' in asked) return <p role="status">{asked.fault}</p>
  const participants = Object.entries(asked.told ?? {})
  if (participants.length === 0) return <p>Its machine names no participant that notes what it did.</p>
  return (
    <>
      {participants.map(([name, told]) => (
        <section key={name} class="service">
          <h3>{name}</h3>
          {Array.isArray(told) ? <Noted events={told} /> : <p>It does not tell: {faultIn(told)}.</p>}
        </section>
      ))}
    </>
  )
}

const faultIn = (told: unknown) => {
  const { error } = Object(told) as { error?: unknown }
  return typeof error === 'string' ? error : 'what it said is no list'
}

function Noted({ events }: { readonly events: readonly unknown[] }) {
  if (events.length === 0) return <p>Nothing.</p>
  return (
    <ol class="told">
      {events.map((event, nth) => (
        <NotedEvent key={nth} event={event} />
      ))}
    </ol>
  )
}

/** As participants tell them; of one that somebody else wrote, whatever it is. */
function NotedEvent({ event }: { readonly event: unknown }) {
  const { action, outcome, detail, created_at } = Object(event) as Readonly<Record<string, unknown>>
  if (typeof action !== 'string') {
    return (
      <li>
        <ShortJson value={event} label="Service event" />
      </li>
    )
  }
  const at = Date.parse(String(created_at))
  const isFailure = outcome === 'FAILURE'
  return (
    <li>
      <div class="told-head">
        <span class="told-what">
          <MarkIcon mark={isFailure ? 'failed' : 'done'} title={isFailure ? 'failure' : 'success'} /> {action}
        </span>
        {!Number.isNaN(at) && <time>{timeOf(at).slice(11)}</time>}
      </div>
      {!isEmpty(detail) && <ShortJson value={detail} label={`Detail of ${action}`} />}
    </li>
  )
}
