/** The way to the window that opened this page, or shows it in a frame: says that it listens, and hears. */
import { isAllowedOrigin } from '../../../access/origin.ts'

const HELLO = { type: '@statelyai.connected' }
const GOODBYE = '@statelyai.disconnected'
/** The app may not listen yet when this page does: it is told again until something comes. */
const AGAIN_MS = 500
/** Before it is known who is allowed. */
const WAITING_MAX = 10_000

export interface ChannelOptions {
  /** Whose messages are taken, beside those of this page's own origin. */
  readonly origins: Promise<readonly string[]>
  readonly onMessage: (data: unknown) => void
  readonly onGoodbye: () => void
  /** By its origin, and once for each. */
  readonly onRefused: (origin: string) => void
}

/** Null if nobody opened this page or shows it in a frame. */
export function openerOf(here: Window): Window | null {
  return (here.self === here.top ? (here.opener as Window | null) : here.parent) ?? null
}

export function listen({ origins, onMessage, onGoodbye, onRefused }: ChannelOptions): void {
  const refused = new Set<string>()
  let allowed: readonly string[] | undefined
  let waiting: MessageEvent[] = []
  let isHeard = false

  const hear = ({ data, origin }: MessageEvent) => {
    if (!isMessage(data)) return
    if (origin !== location.origin && !isAllowedOrigin(origin, allowed ?? [])) {
      if (!refused.has(origin)) onRefused(origin)
      refused.add(origin)
      return
    }
    isHeard = true
    if (data.type === GOODBYE) onGoodbye()
    else onMessage(data)
  }
  addEventListener('message', (event) => {
    if (allowed !== undefined) hear(event)
    else if (waiting.length < WAITING_MAX) waiting.push(event)
  })
  const open = async () => {
    allowed = await origins
    for (const event of waiting) hear(event)
    waiting = []
  }
  void open()

  const again = setInterval(() => {
    if (isHeard || waiting.length > 0) clearInterval(again)
    else sayHello()
  }, AGAIN_MS)
  // A frame's own page knows it from its load event on: what it sends before is lost.
  if (document.readyState === 'complete') sayHello()
  else addEventListener('load', () => setTimeout(sayHello, 0), { once: true })
}

/** To whoever it is: it says nothing but that somebody listens. */
const sayHello = () => openerOf(window)?.postMessage(HELLO, '*')

function isMessage(data: unknown): data is { readonly type: string } {
  return typeof data === 'object' && data !== null && 'type' in data && typeof data.type === 'string'
}
