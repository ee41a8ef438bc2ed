/** The caller's idempotency key: what it may look like, and what tells a repeated call from another one. Pure. */
import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

const KEY_LENGTH_MAX = 255
/** Visible ASCII: what an HTTP header carries unchanged through every proxy. */
const KEY = new RegExp(`^[\\x21-\\x7e]{1,${KEY_LENGTH_MAX}}$`)

export const KEY_FORM = `must have 1 to ${KEY_LENGTH_MAX} visible ASCII characters without spaces`

export function isKey(key: string): boolean {
  return KEY.test(key)
}

/** The same machine and the same input, however written, have the same fingerprint. */
export function fingerprintOf(machine: string, input: unknown): string {
  return createHash('sha256')
    .update(canonicalize([machine, input]) ?? '')
    .digest('base64url')
}
