/** The context at the moment that is looked at, and what that changed in it. */
import { ChangesView } from './changes-view.tsx'
import { CutView, JsonView } from './json-view.tsx'
import type { SagaModel } from './saga-model.ts'
import { SaveSnapshot } from './snapshot-panel.tsx'
import { useMoment } from './use-moment.ts'

export function ContextPanel({ model }: { readonly model: SagaModel }) {
  const { seq } = model.looked.value
  const { told, fault } = useMoment(model, seq)
  if (told === null) return <p role="status">{fault ?? 'On its way …'}</p>
  const label = `Context after transition ${told.seq}`
  const { context } = told.cut
  return (
    <>
      <ChangesView told={told} seq={seq} />
      {context === null ? (
        <JsonView value={told.context} label={label} />
      ) : (
        <>
          <CutView bytes={context} label={label} />
          <SaveSnapshot model={model} seq={told.seq} />
        </>
      )}
    </>
  )
}
