/** The page of attached machines: what the app that opened it runs, each on its own chart, live. */
import './attach.css'
import { countedOf } from '../format/format.ts'
import type { GlyphName } from '../icon/glyphs.ts'
import { Icon } from '../icon/icon.tsx'
import { ThemeButton } from '../shell/theme-button.tsx'
import { ActorList } from './actor-list.tsx'
import { ActorView } from './actor-view.tsx'
import { attachedActors, attachment, chosen, refusedOrigins, type Attachment } from './attached.ts'
import { Nothing } from './nothing.tsx'

const LOOKS: Readonly<Record<Attachment, readonly [icon: GlyphName, words: string]>> = {
  nobody: ['lost', 'nothing attached'],
  waiting: ['waiting', 'waiting for the app'],
  attached: ['live', 'attached'],
  gone: ['pause', 'detached'],
}

export function Attach() {
  const actors = attachedActors()
  const isEmpty = actors.taken === 0
  return (
    <div class="attach">
      <Header />
      <Refused />
      {isEmpty ? (
        <Nothing />
      ) : (
        <div class="attach-panes">
          <ActorList />
          <main class="attach-detail">
            <Chosen />
          </main>
        </div>
      )}
    </div>
  )
}

function Header() {
  const [icon, words] = LOOKS[attachment.value]
  const { taken } = attachedActors()
  return (
    <header class="header">
      <h1>Attached machines</h1>
      <div class="header-end">
        <span class="connection" role="status">
          <Icon name={icon} /> <span>{words}</span>
        </span>
        {taken > 0 && <span class="attach-taken">{countedOf(taken, 'message')}</span>}
        <ThemeButton />
      </div>
    </header>
  )
}

function Chosen() {
  const sessionId = chosen.value
  const actor = sessionId === null ? undefined : attachedActors().get(sessionId)
  if (actor !== undefined) return <ActorView key={actor.sessionId} actor={actor} />
  return (
    <p class="attach-hint">
      {sessionId === null ? 'Choose an actor.' : 'This actor was forgotten to make room.'}
    </p>
  )
}

function Refused() {
  if (refusedOrigins.value.length === 0) return null
  return (
    <div class="notice is-warning attach-refused" role="alert">
      <Icon name="alert" />
      <span>
        Messages of {refusedOrigins.value.join(', ')} were not taken: the setting{' '}
        <code>INSPECTOR_ATTACH_ORIGINS</code> does not name it.
      </span>
    </div>
  )
}
