/** All that is known of the saga beside its chart, one panel at a time. */
import './panels.css'
import { address, go } from '../address.ts'
import type { OpenSaga } from '../types.ts'
import { lazily } from '../lazily.tsx'
import type { SagaModel } from './saga-model.ts'
import { TransitionsPanel } from './transitions-panel.tsx'

/** All but the first: loaded when one is asked for. */
const OtherPanel = lazily(async () => (await import('./other-panel.tsx')).OtherPanel, { isAhead: true })

export interface PanelProps {
  readonly model: SagaModel
  readonly saga: OpenSaga
}

export interface PanelsProps extends PanelProps {
  readonly onPointed: (pointed: ReadonlySet<string>) => void
}

const PANELS = [
  { id: 'transitions', label: 'Transitions' },
  { id: 'context', label: 'Context' },
  { id: 'snapshot', label: 'Snapshot' },
  { id: 'events', label: 'Events' },
  { id: 'services', label: 'Services' },
  { id: 'values', label: 'In & out' },
  { id: 'audit', label: 'Audit' },
  { id: 'replay', label: 'Replay' },
] as const

type Panel = (typeof PANELS)[number]

/** Of all but the first. */
export type OtherPanelId = Exclude<Panel['id'], 'transitions'>

export function Panels(props: PanelsProps) {
  const panels = PANELS.filter(({ id }) => id !== 'replay' || props.model.source.replay !== null)
  const open = panels.find(({ id }) => id === address.value.tab) ?? panels[0]
  if (open === undefined) return null
  return (
    <aside class="panels" aria-label="More about the saga">
      <div
        class="tabs"
        role="tablist"
        aria-label="More about the saga"
        onKeyDown={(event) => press(event, panels, open)}
      >
        {panels.map(({ id, label }) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`tab-${id}`}
            aria-selected={id === open.id}
            aria-controls="panel"
            tabIndex={id === open.id ? 0 : -1}
            onClick={() => choose(id)}
          >
            {label}
          </button>
        ))}
      </div>
      <div class="panel" id="panel" role="tabpanel" aria-labelledby={`tab-${open.id}`} tabIndex={0}>
        {open.id === 'transitions' ? (
          <TransitionsPanel model={props.model} />
        ) : (
          <OtherPanel {...props} id={open.id} />
        )}
      </div>
    </aside>
  )
}

const choose = (id: string) => go({ tab: id === PANELS[0].id ? undefined : id }, { replace: true })

function press(event: KeyboardEvent, panels: readonly Panel[], open: Panel): void {
  const at = panels.indexOf(open)
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: panels.length - 1 }[event.key]
  const panel = to === undefined ? undefined : panels[(to + panels.length) % panels.length]
  if (panel === undefined) return
  event.preventDefault()
  choose(panel.id)
  document.querySelector<HTMLElement>(`#tab-${panel.id}`)?.focus()
}
