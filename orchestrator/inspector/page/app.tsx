/** The page: the list beside what was chosen in it. On a narrow screen, one or the other. */
import { address } from './address.ts'
import { List } from './list/list.tsx'
import { Overview } from './overview/overview.tsx'
import { SagaView } from './saga/saga-view.tsx'
import { Header } from './shell/header.tsx'

export function App() {
  const { saga } = address.value
  return (
    <div class="app" data-pane={saga === undefined ? 'list' : 'detail'}>
      <Header />
      <List />
      <main class="detail">{saga === undefined ? <Overview /> : <SagaView key={saga} sagaId={saga} />}</main>
    </div>
  )
}
