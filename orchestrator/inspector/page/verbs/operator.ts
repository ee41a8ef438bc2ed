/** Who does it: who is signed in, or asked once in each browser. And the key by which the server knows one verb again. */
import { signedIn } from '../session.ts'

const KEY = 'skald-actor'

/** A browser may be told to keep nothing: it is asked again then. */
export function rememberedActor(): string {
  try {
    return signedIn.peek() ?? localStorage.getItem(KEY) ?? ''
  } catch {
    return ''
  }
}

export function rememberActor(actor: string): void {
  try {
    localStorage.setItem(KEY, actor)
  } catch {
    // It was sent all the same.
  }
}

/** Browsers know randomUUID only where the connection is safe. */
export function newKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
