/** Who looks, and what they may do: asked of the server once. Where Skald asks nobody who they are, anybody may do all. */
import { computed, signal } from '@preact/signals'
import { get, isRefused } from './api.ts'

interface Session {
  /** Whether Skald asks who calls it. */
  readonly configured: boolean
  readonly name: string | null
  readonly roles: readonly string[]
}

const session = signal<Session | null>(null)

/** Null where nobody is signed in, or needs to be. */
export const signedIn = computed(() => session.value?.name ?? null)

/** Nothing is shown then but the way in: also when what somebody came in with holds no more. */
export const isLocked = computed(
  () => isRefused.value || (session.value?.configured === true && session.value.name === null),
)

export const mayOperate = computed(
  () => session.value?.configured !== true || session.value.roles.includes('operate'),
)

/** Asked by the page at its start, and when it is told no more. Where nobody answers, what was known holds. */
export async function askWhoLooks(): Promise<void> {
  session.value = await get<Session>('/inspector/api/session').catch(() => session.peek())
}
