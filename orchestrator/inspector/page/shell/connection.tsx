/** Whether what is shown is what is: always said in words, and loudly where it is not. */
import { agoOf, timeOf } from '../format/format.ts'
import { now } from '../format/now.ts'
import { Icon } from '../icon/icon.tsx'
import type { GlyphName } from '../icon/glyphs.ts'
import { connection, lostSince, type Connection } from '../live.ts'

const LOOKS: Readonly<Record<Connection, readonly [icon: GlyphName, words: string]>> = {
  connecting: ['waiting', 'connecting'],
  live: ['live', 'live'],
  lost: ['lost', 'reconnecting'],
  paused: ['pause', 'paused'],
}

export function ConnectionState() {
  const [icon, words] = LOOKS[connection.value]
  return (
    <span class={`connection is-${connection.value}`} role="status">
      <Icon name={icon} /> <span>{words}</span>
    </span>
  )
}

/** So long a server may be away, between two of them or while it starts anew, without a word. */
const BRIEFLY_MS = 2_000

export function ConnectionStrip() {
  const since = lostSince.value
  if (since === null || now.value - since < BRIEFLY_MS) return null
  const clock = timeOf(since).slice(11, 19)
  return (
    <div class="notice is-warning connection-strip" role="alert">
      <Icon name="alert" />
      <span>
        No connection since {clock} (<Ago since={since} />
        ): what is shown may be old. It comes back by itself.
      </span>
    </div>
  )
}

/** Not told again each second to those who listen. */
function Ago({ since }: { readonly since: number }) {
  return <span aria-hidden="true">{agoOf(new Date(since).toISOString(), now.value)}</span>
}
