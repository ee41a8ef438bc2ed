/** The page: the list beside what was chosen in it. On a narrow screen, one or the other. */
import { useSignalEffect } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { address } from './address.ts'
import { List } from './list/list.tsx'
import { Overview } from './overview/overview.tsx'
import { Boundary } from './shell/boundary.tsx'
import { ConnectionStrip } from './shell/connection.tsx'
import { Header } from './shell/header.tsx'
import { lazily } from './lazily.tsx'
import { isLocked } from './session.ts'

const SagaView = lazily(async () => (await import('./saga/saga-view.tsx')).SagaView, { isAhead: true })
const SignIn = lazily(async () => (await import('./shell/sign-in.tsx')).SignIn)

export function App() {
  const { saga, pane } = address.value
  const detail = useRef<HTMLElement>(null)
  useTitle()
  useFocusKept(detail)
  return (
    <div class="app" data-pane={saga === undefined && pane !== 'chart' ? 'list' : 'detail'}>
      <a
        class="skip-link button"
        href="#detail"
        onClick={(event) => {
          // The fragment is the address of what is looked at: it must not become that of a place in the page.
          event.preventDefault()
          detail.current?.focus()
        }}
      >
        Skip to what is shown
      </a>
      <Header />
      {isLocked.value ? (
        <SignIn />
      ) : (
        <>
          <ConnectionStrip />
          <div class="panes">
            <Boundary>
              <List />
            </Boundary>
            <main class="detail" id="detail" ref={detail} tabIndex={-1}>
              <Boundary key={saga ?? ''}>
                {saga === undefined ? <Overview /> : <SagaView sagaId={saga} />}
              </Boundary>
            </main>
          </div>
        </>
      )}
    </div>
  )
}

function useTitle(): void {
  useSignalEffect(() => {
    const { saga } = address.value
    document.title = saga === undefined ? 'Skald inspector' : `${saga} – Skald inspector`
  })
}

/** Where what had the focus is gone with what it was in, it goes to what came, and back to where it came from. */
function useFocusKept(detail: { readonly current: HTMLElement | null }): void {
  const before = useRef(address.peek().saga)
  useSignalEffect(() => {
    const { saga } = address.value
    const closed = before.current
    before.current = saga
    if (saga === closed) return
    requestAnimationFrame(() => {
      if (document.activeElement !== document.body) return
      const row =
        saga === undefined ? document.querySelector(`[data-saga="${CSS.escape(closed ?? '')}"]`) : null
      const target = row instanceof HTMLElement ? row : detail.current
      target?.focus({ preventScroll: true })
    })
  })
}
