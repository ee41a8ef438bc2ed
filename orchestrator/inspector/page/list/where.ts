/** Where a saga stands and why, in one line. Pure. */
import type { Row } from '../types.ts'

export interface Where {
  /** The path in its chart; of one that has ended, how. */
  readonly place: string
  /** The step, where the path does not name it. */
  readonly step: string | null
  readonly code: string | null
}

export function whereOf({ status, state, step, error_code }: Row): Where {
  if (status === 'done') return { place: 'done', step: null, code: null }
  if (status === 'failed') return { place: 'failed', step: null, code: error_code }
  const isNamed = step === null || state.split(/[.,]/).includes(step)
  return { place: state, step: isNamed ? null : step, code: error_code }
}
