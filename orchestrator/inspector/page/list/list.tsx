/** All sagas, or those that were asked for: to search, to filter, and to walk through by keys. */
import './list.css'
import { useSignal } from '@preact/signals'
import { Filters } from './filters.tsx'
import { ListFoot } from './list-foot.tsx'
import { Rows } from './rows.tsx'
import { Search } from './search.tsx'
import { StatusChips } from './status-chips.tsx'
import { useSagaList } from './use-saga-list.ts'

export function List() {
  const list = useSagaList()
  const isHeld = useSignal(false)
  return (
    <nav class="list" id="list" aria-label="Sagas" tabIndex={-1}>
      <h2 class="visually-hidden">Sagas</h2>
      <Search />
      <StatusChips />
      <Filters />
      <Rows list={list} isHeld={isHeld} />
      <ListFoot list={list} />
    </nav>
  )
}
