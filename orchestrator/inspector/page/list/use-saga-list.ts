/** The list that the address asks for, kept as long as the page. */
import { computed, useSignalEffect } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { address } from '../address.ts'
import { connection, onMoved } from '../live.ts'
import { filterIn, type Filter } from './filter.ts'
import { SagaList } from './saga-list.ts'

/** As text: opening a saga changes the address, and not what is listed. */
const filterText = computed(() => JSON.stringify(filterIn(address.value)))

export const listFilter = computed(() => JSON.parse(filterText.value) as Filter)

export function useSagaList(): SagaList {
  const [list] = useState(() => new SagaList())
  useEffect(() => {
    const forget = onMoved((moved) => list.moved(moved))
    return () => {
      forget()
      list.dispose()
    }
  }, [list])
  useSignalEffect(() => {
    void list.show(listFilter.value)
  })
  useSignalEffect(() => {
    // What failed while the server was away is tried when it is back.
    if (connection.value === 'live' && list.failure.peek() !== null) void list.refresh()
  })
  return list
}
