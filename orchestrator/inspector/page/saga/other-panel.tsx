/** The panels that few look at first. */
import { Audit } from './audit.tsx'
import { ContextPanel } from './context-panel.tsx'
import { EventsPanel } from './events-panel.tsx'
import type { OtherPanelId, PanelsProps } from './panels.tsx'
import { ReplayCheck } from './replay-check.tsx'
import { ServicesPanel } from './services-panel.tsx'
import { SnapshotPanel } from './snapshot-panel.tsx'
import { ValuesPanel } from './values-panel.tsx'

interface OtherPanelProps extends PanelsProps {
  readonly id: OtherPanelId
}

export function OtherPanel({ id, model, saga, onPointed }: OtherPanelProps) {
  switch (id) {
    case 'context':
      return <ContextPanel model={model} />
    case 'snapshot':
      return <SnapshotPanel model={model} />
    case 'events':
      return <EventsPanel model={model} />
    case 'services':
      return <ServicesPanel model={model} saga={saga} />
    case 'values':
      return <ValuesPanel saga={saga} />
    case 'audit':
      return <Audit story={model.story.value} seq={model.looked.value.seq} onMoment={model.goToSeq} />
    case 'replay':
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
}
