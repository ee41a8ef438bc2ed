import { Icon } from '../icon/icon.tsx'
import type { BulkModel } from './bulk-model.ts'

/** What the server said. */
export function BulkTrouble({ model }: { readonly model: BulkModel }) {
  const trouble = model.trouble.value
  if (trouble === null) return null
  return (
    <p class={`notice ${trouble.canRepeat ? 'is-warning' : 'is-error'}`} role="alert">
      <Icon name="alert" /> <span>{trouble.text}</span>
    </p>
  )
}
