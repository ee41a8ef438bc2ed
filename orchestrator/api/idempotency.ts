/** The caller's idempotency key: what it may look like, and what tells a repeated call from another one. Pure. */
import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { problem, type Problem } from '../../services/participant/problem.ts'

const KEY_LENGTH_MAX = 255
/** Visible ASCII: what an HTTP header carries unchanged through every proxy. */
const KEY = new RegExp(`^[\\x21-\\x7e]{1,${KEY_LENGTH_MAX}}$`)

const KEY_FORM = `must have 1 to ${KEY_LENGTH_MAX} visible ASCII characters without spaces`

export function isKey(key: string): boolean {
  return KEY.test(key)
}

/** What is wrong with the header of a request that has it; undefined for a key, and for none. */
export function keyFault(header: string | string[] | undefined): Problem | undefined {
  if (header === undefined || (typeof header === 'string' && isKey(header))) return undefined
  const errors = [{ field: 'Idempotency-Key', message: KEY_FORM }]
  return problem(400, 'requete_invalide', `Header Idempotency-Key ${KEY_FORM}.`, errors)
}

/** The same name (of a machine, of an event) and the same content, however written, have the same fingerprint. */
export function fingerprintOf(name: string, content: unknown): string {
  return createHash('sha256')
    .update(canonicalize([name, content]) ?? '')
    .digest('base64url')
}
