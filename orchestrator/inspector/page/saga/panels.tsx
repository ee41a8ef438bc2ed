/** All that is known of the saga beside its chart, one panel at a time. */
import './panels.css'
import type { ComponentChildren } from 'preact'
import { address, go } from '../address.ts'
import type { OpenSaga } from '../types.ts'
import { Audit } from './audit.tsx'
import { ContextPanel } from './context-panel.tsx'
import { EventsPanel } from './events-panel.tsx'
import { ReplayCheck } from './replay-check.tsx'
import type { SagaModel } from './saga-model.ts'
import { ServicesPanel } from './services-panel.tsx'
import { SnapshotPanel } from './snapshot-panel.tsx'
import { TransitionsPanel } from './transitions-panel.tsx'
import { ValuesPanel } from './values-panel.tsx'

export interface PanelProps {
  readonly model: SagaModel
  readonly saga: OpenSaga
}

interface PanelsProps extends PanelProps {
  readonly onPointed: (pointed: ReadonlySet<string>) => void
}

interface Panel {
  readonly id: string
  readonly label: string
  readonly view: (props: PanelsProps) => ComponentChildren
}

const PANELS: readonly Panel[] = [
  { id: 'transitions', label: 'Transitions', view: ({ model }) => <TransitionsPanel model={model} /> },
  { id: 'context', label: 'Context', view: ({ model }) => <ContextPanel model={model} /> },
  { id: 'snapshot', label: 'Snapshot', view: ({ model }) => <SnapshotPanel model={model} /> },
  { id: 'events', label: 'Events', view: ({ model }) => <EventsPanel model={model} /> },
  {
    id: 'services',
    label: 'Services',
    view: ({ model, saga }) => <ServicesPanel model={model} saga={saga} />,
  },
  { id: 'values', label: 'In & out', view: ({ saga }) => <ValuesPanel saga={saga} /> },
  { id: 'audit', label: 'Audit', view: ({ model }) => <AuditPanel model={model} /> },
  { id: 'replay', label: 'Replay', view: (props) => <ReplayPanel {...props} /> },
]

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
        {open.view(props)}
      </div>
    </aside>
  )
}

const choose = (id: string) => go({ tab: id === PANELS[0]?.id ? undefined : id }, { replace: true })

function press(event: KeyboardEvent, panels: readonly Panel[], open: Panel): void {
  const at = panels.indexOf(open)
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: panels.length - 1 }[event.key]
  const panel = to === undefined ? undefined : panels[(to + panels.length) % panels.length]
  if (panel === undefined) return
  event.preventDefault()
  choose(panel.id)
  document.querySelector<HTMLElement>(`#tab-${panel.id}`)?.focus()
}

function AuditPanel({ model }: Pick<PanelProps, 'model'>) {
  return <Audit story={model.story.value} seq={model.looked.value.seq} onMoment={model.goToSeq} />
}

function ReplayPanel({ model, saga, onPointed }: PanelsProps) {
  return (
    <ReplayCheck
      source={model.source}
      saga={saga}
      story={model.story.value}
      onReplay={model.tellAgain}
      onPointed={onPointed}
      onMoment={model.goToSeq}
    />
  )
}
