/** One saga of the list. Each cell is bound to what it shows: a row that moves draws only what is new in it. */
import { useComputed } from '@preact/signals'
import { address, sagaHref } from '../address.ts'
import { agoOf, shortNameOf, timeOf } from '../format/format.ts'
import { now } from '../format/now.ts'
import { StatusIcon } from '../icon/icon.tsx'
import { scopes } from '../machines.ts'
import { isMixed } from '../scope.ts'
import type { SagaStatus } from '../types.ts'
import type { Entry } from './saga-list.ts'
import { whereOf } from './where.ts'

/** In CSS pixels, as list.css has it. */
export const ROW_HEIGHT = 56

interface SagaRowProps {
  readonly entry: Entry
  /** From 1. */
  readonly position: number
  /** -1 while not all are loaded. */
  readonly size: number
  /** Whether Tab comes to it. */
  readonly isStop: boolean
}

export function SagaRow({ entry: { id, row, goneAt }, position, size, isStop }: SagaRowProps) {
  const href = useComputed(() => sagaHref(id))
  const isOpen = useComputed(() => (address.value.saga === id ? 'true' : undefined))
  const name = useComputed(() => shortNameOf(row.value.business_key ?? id))
  const title = useComputed(() => row.value.business_key ?? id)
  const look = useComputed(() => (goneAt.value === null ? 'saga-row' : 'saga-row is-gone'))
  const status = useComputed(() => row.value.status)
  return (
    <div class={look} role="listitem" aria-setsize={size} aria-posinset={position}>
      <a href={href} data-saga={id} aria-current={isOpen} tabIndex={isStop ? 0 : -1}>
        <RowIcon status={status} />
        <span class="saga-name" title={title}>
          {name}
        </span>
        <Age entry={{ id, row, goneAt }} />
        <Place entry={{ id, row, goneAt }} />
      </a>
    </div>
  )
}

function RowIcon({ status }: { readonly status: { readonly value: SagaStatus } }) {
  return <StatusIcon status={status.value} title={status.value} />
}

function Place({ entry: { row } }: { readonly entry: Entry }) {
  const place = useComputed(() => whereOf(row.value).place)
  const step = useComputed(() => whereOf(row.value).step)
  const code = useComputed(() => whereOf(row.value).code)
  const kind = useComputed(() => {
    const { machine, version } = address.value
    const isOfMany = scopes.value.length > 1 && machine === undefined
    const isOfOther = isMixed(scopes.value) && version === undefined
    return [isOfMany ? row.value.machine : '', isOfOther ? `v${row.value.version}` : ''].join(' ').trim()
  })
  return (
    <>
      <span class="saga-place">
        <span class="saga-state">{place}</span>
        {step.value !== null && <span class="saga-step">{step}</span>}
        {code.value !== null && <span class="saga-code">{code}</span>}
      </span>
      <span class="saga-kind">{kind}</span>
    </>
  )
}

function Age({ entry: { row } }: { readonly entry: Entry }) {
  const created = useComputed(() => row.value.created_at)
  const age = useComputed(() => agoOf(created.value, now.value))
  const told = useComputed(() => `Began ${timeOf(Date.parse(created.value))}`)
  return (
    <time class="saga-age" dateTime={created} title={told}>
      {age}
    </time>
  )
}
