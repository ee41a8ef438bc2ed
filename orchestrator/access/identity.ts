/** Who calls, as far as it can be told from the token that came with the call. */
import type { Role } from '../../services/participant/access.ts'

export interface Identity {
  /** Of the token, or the `sub` of the JWT. */
  readonly name: string
  readonly roles: readonly Role[]
  /** Calls a second at one orchestrator. */
  readonly rateLimit: number
}

/** Why a call is not let in: `status` and `code` as the caller sees them. */
export interface Refusal {
  readonly status: 401 | 503
  readonly code: string
  readonly detail: string
}

/** undefined: no token came with the call. */
export type Authenticate = (token: string | undefined) => Promise<Identity | Refusal>

export function isRefusal(known: Identity | Refusal): known is Refusal {
  return 'status' in known
}
