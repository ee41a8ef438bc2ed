/** How many match, and what can be done with all of them. */
import { useSignal } from '@preact/signals'
import { countedOf, numberOf } from '../format/format.ts'
import { Icon } from '../icon/icon.tsx'
import { counts } from '../live.ts'
import { mayOperate } from '../session.ts'
import { BulkDialog } from '../verbs/bulk-dialog.tsx'
import { countIn, isNarrow } from './filter.ts'
import type { SagaList } from './saga-list.ts'
import { listFilter } from './use-saga-list.ts'

export function ListFoot({ list }: { readonly list: SagaList }) {
  const isBulkOpen = useSignal(false)
  const filter = listFilter.value
  const total = totalOf(list)
  // Of the states, those of the ends are written as the API has them.
  const isEnded = /^(done|failed)$/i.test(filter.status ?? filter.state ?? '')
  return (
    <div class="list-foot">
      <span>{toldOf(list, total)}</span>
      {mayOperate.value && isNarrow(filter) && !isEnded && total !== 0 && (
        <button type="button" class="button" onClick={() => (isBulkOpen.value = true)}>
          <Icon name="repair" />{' '}
          {total === null ? 'Repair all that match…' : `Repair all ${numberOf(total)}…`}
        </button>
      )}
      {isBulkOpen.value && <BulkDialog filter={filter} onClose={() => (isBulkOpen.value = false)} />}
    </div>
  )
}

/** null where nobody knows, for neither counts tell it nor has all been read. */
function totalOf(list: SagaList): number | null {
  const told = counts.value === null ? null : countIn(counts.value, listFilter.value)
  if (told !== null) return told
  return list.hasMore.value || list.isLoading.value ? null : list.entries.value.length
}

function toldOf(list: SagaList, total: number | null): string {
  if (list.failure.value !== null && list.entries.value.length === 0) return ''
  if (total !== null) return `${countedOf(total, 'saga')} ${total === 1 ? 'matches' : 'match'}`
  const loaded = list.entries.value.length
  return loaded === 0 ? '' : `More than ${numberOf(loaded)} sagas match`
}
