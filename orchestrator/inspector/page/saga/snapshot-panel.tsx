/** XState's own snapshot, as the store has it, and the event that led to it. */
import { useState } from 'preact/hooks'
import { Icon } from '../icon/icon.tsx'
import { messageOf } from '../message-of.ts'
import { CutView, JsonView } from './json-view.tsx'
import type { SagaModel } from './saga-model.ts'
import { useMoment } from './use-moment.ts'

export function SnapshotPanel({ model }: { readonly model: SagaModel }) {
  const { seq } = model.looked.value
  const { told, fault } = useMoment(model, seq)
  if (told === null) return <p role="status">{fault ?? 'On its way …'}</p>
  const { cut, event, snapshot } = told
  return (
    <>
      <ValueView value={event} cut={cut.event} label={`Event of transition ${told.seq}`} />
      <ValueView value={snapshot} cut={cut.snapshot} label={`Snapshot after transition ${told.seq}`} />
      <SaveSnapshot model={model} seq={told.seq} />
    </>
  )
}

interface ValueViewProps {
  readonly value: unknown
  readonly cut: number | null
  readonly label: string
}

const ValueView = ({ value, cut, label }: ValueViewProps) =>
  cut === null ? <JsonView value={value} label={label} /> : <CutView bytes={cut} label={label} />

interface SaveSnapshotProps {
  readonly model: SagaModel
  readonly seq: number
}

export function SaveSnapshot({ model, seq }: SaveSnapshotProps) {
  const [fault, setFault] = useState('')
  const save = async () => {
    try {
      const link = document.createElement('a')
      link.href = await model.source.snapshotUrl(seq)
      link.download = `${model.saga.peek()?.saga_id ?? 'saga'}-${seq}.json`
      link.click()
      setFault('')
    } catch (error) {
      setFault(messageOf(error))
    }
  }
  return (
    <p>
      <button type="button" class="button" onClick={() => void save()}>
        <Icon name="download" /> Save the snapshot
      </button>{' '}
      <span role="status">{fault}</span>
    </p>
  )
}
