/** One verb for many sagas: tried out, confirmed, and watched while it is done. */
import './bulk.css'
import './verbs.css'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Filter } from '../list/filter.ts'
import { BulkFields } from './bulk-fields.tsx'
import { BulkList } from './bulk-list.tsx'
import { BulkModel } from './bulk-model.ts'
import { BulkProgress } from './bulk-progress.tsx'
import { BulkTrialView } from './bulk-trial.tsx'
import { Dialog } from '../dialog.tsx'

export interface BulkViewProps {
  /** An empty one is all sagas. */
  readonly filter: Filter
  readonly onClose: () => void
}

const TITLES = {
  order: 'Repair many sagas',
  trial: 'What it would do',
  bulk: 'A repair in bulk',
  list: 'Repairs in bulk',
} as const

export function BulkView({ filter, onClose }: BulkViewProps) {
  const model = useMemo(() => new BulkModel(filter), [])
  const top = useRef<HTMLDivElement>(null)
  useEffect(() => model.close, [])
  const stage = model.stage.value
  const isFirst = useRef(true)
  useEffect(() => {
    // What had the focus is gone with the stage that it was in.
    if (!isFirst.current) top.current?.focus()
    isFirst.current = false
  }, [stage])
  return (
    <Dialog title={TITLES[stage]} onClose={onClose} class="bulk-dialog">
      <div ref={top} tabIndex={-1} class="bulk-stage" aria-label={TITLES[stage]} role="group">
        {stage === 'order' && <BulkFields model={model} />}
        {stage === 'trial' && <BulkTrialView model={model} />}
        {stage === 'bulk' && <BulkProgress model={model} onLeave={onClose} />}
        {stage === 'list' && <BulkList model={model} />}
      </div>
    </Dialog>
  )
}
