/** What the list says where it has no rows to show, or can't get more. */
import { computed } from '@preact/signals'
import { address, go } from '../address.ts'
import { Icon } from '../icon/icon.tsx'
import { isNarrow } from './filter.ts'
import type { SagaList } from './saga-list.ts'
import { listFilter } from './use-saga-list.ts'

const isFiltered = computed(() => Object.keys(listFilter.value).length > 0)

export function Nothing({ list }: { readonly list: SagaList }) {
  if (list.failure.value !== null) return <Failed list={list} why={list.failure.value} />
  if (list.entries.value.length > 0) return null
  if (list.isLoading.value) return <p class="nothing">Reading sagas …</p>
  return isFiltered.value ? <NoMatch /> : <p class="nothing">There is no saga yet.</p>
}

function Failed({ list, why }: { readonly list: SagaList; readonly why: string }) {
  return (
    <div class="nothing" role="alert">
      <p>
        <Icon name="alert" /> The list could not be read. {why}
      </p>
      <button type="button" class="button" onClick={() => void list.refresh()}>
        <Icon name="retry" /> Try again
      </button>
    </div>
  )
}

function NoMatch() {
  const { q } = address.value
  return (
    <div class="nothing" role="status">
      <p>No saga matches.</p>
      {q !== undefined && <p>A search finds a whole saga id, or the beginning of a business key.</p>}
      <button type="button" class="button" onClick={() => go(everything)}>
        {isNarrow(listFilter.value) ? 'Show all sagas' : 'Show those of all machines'}
      </button>
    </div>
  )
}

const everything = {
  q: undefined,
  status: undefined,
  state: undefined,
  step: undefined,
  error_code: undefined,
  older_than: undefined,
  younger_than: undefined,
  machine: undefined,
  version: undefined,
}
