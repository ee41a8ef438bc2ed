/** One verb for many sagas: tried out, confirmed, and watched while it is done. */
import type { Row } from '../types.ts'

/** In the words of the API. */
export type BulkFilter = Readonly<
  Partial<
    Record<
      'q' | 'state' | 'step' | 'error_code' | 'machine' | 'version' | 'older_than' | 'younger_than',
      string
    >
  >
> & {
  readonly status?: Row['status']
}

export interface BulkDialogProps {
  /** An empty one is all sagas. */
  readonly filter: BulkFilter
  readonly onClose: () => void
}

export function BulkDialog(_props: BulkDialogProps) {
  return null
}
