/** What is attached, for the page to show: taken in one go for each frame that is drawn, however many messages come. */
import { signal } from '@preact/signals'
import { get } from '../api.ts'
import { Actors } from './actors.ts'
import { listen, openerOf } from './channel.ts'
import { received } from './received.ts'

export type Attachment = 'nobody' | 'waiting' | 'attached' | 'gone'

const actors = new Actors()
/** Messages before the next frame: more than one can follow, and all of them are of no use by then. */
const QUEUE_MAX = 20_000
/** Hidden, a page draws no frames, but must not forget what comes. */
const HIDDEN_MS = 250

export const attachment = signal<Attachment>(openerOf(window) === null ? 'nobody' : 'waiting')
/** Origins whose messages were not taken. */
export const refusedOrigins = signal<readonly string[]>([])
/** Rises whenever something was taken. */
const heard = signal(0)
export const chosen = signal<string | null>(null)

export const attachedActors = () => {
  // Read, so that whoever shows them is drawn anew.
  void heard.value
  return actors
}

let queue: unknown[] = []
let isDue = false

function take(): void {
  isDue = false
  const now = Date.now()
  const messages = queue
  queue = []
  for (const data of messages) {
    const message = received(data, now)
    if (message !== undefined) actors.take(message)
  }
  if (actors.taken > 0) attachment.value = 'attached'
  chosen.value ??= actors.all().findLast(({ machine }) => machine !== null)?.sessionId ?? null
  heard.value += 1
}

function enqueue(data: unknown): void {
  if (queue.length >= QUEUE_MAX) queue.shift()
  queue.push(data)
  if (isDue) return
  isDue = true
  if (document.hidden) setTimeout(take, HIDDEN_MS)
  else requestAnimationFrame(take)
}

export function attach(): void {
  listen({
    origins: get<{ readonly origins: readonly string[] }>('/inspector/api/attach').then(
      ({ origins }) => origins,
      () => [],
    ),
    onMessage: enqueue,
    onGoodbye: () => (attachment.value = 'gone'),
    onRefused: (origin) => (refusedOrigins.value = [...refusedOrigins.value, origin].slice(-5)),
  })
}
