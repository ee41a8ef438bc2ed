/** The page: the list beside what was chosen in it. On a narrow screen, one or the other. */
import { useSignalEffect } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { address } from './address.ts'
import { List } from './list/list.tsx'
import { Overview } from './overview/overview.tsx'
import { ConnectionStrip } from './shell/connection.tsx'
import { Header } from './shell/header.tsx'
import { lazily } from './verbs/lazily.tsx'

const SagaView = lazily(async () => (await import('./saga/saga-view.tsx')).SagaView)

export function App() {
  const { saga, pane } = address.value
  const detail = useRef<HTMLElement>(null)
  useTitle()
  useFocusOnOpen(detail)
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
      <ConnectionStrip />
      <div class="panes">
        <List />
        <main class="detail" id="detail" ref={detail} tabIndex={-1}>
          {saga === undefined ? <Overview /> : <SagaView key={saga} sagaId={saga} />}
        </main>
      </div>
    </div>
  )
}

function useTitle(): void {
  useSignalEffect(() => {
    const { saga } = address.value
    document.title = saga === undefined ? 'Skald inspector' : `${saga} – Skald inspector`
  })
}

/** On a narrow screen what had the focus is gone when the other pane comes. */
function useFocusOnOpen(detail: { readonly current: HTMLElement | null }): void {
  useSignalEffect(() => {
    if (address.value.saga === undefined) return
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) detail.current?.focus({ preventScroll: true })
    })
  })
}
