/** The statuses in the order in which people ask for them. Pure. */
import type { SagaStatus } from './types.ts'

export const STATUSES = [
  'running',
  'compensating',
  'parked',
  'failed',
  'done',
] as const satisfies readonly SagaStatus[]

/** undefined of what is none, as a link that somebody wrote may have it. */
export const statusIn = (text: string | undefined): SagaStatus | undefined =>
  STATUSES.find((status) => status === text)
