import { useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { address, go } from '../address.ts'
import { Icon } from '../icon/icon.tsx'
import { FilterButton } from './filters.tsx'
import { isPlainKey } from '../shell/keys.ts'

/** Between letters that are typed, so that not each of them is asked for. */
const TYPING_MS = 200

export function Search() {
  const field = useRef<HTMLInputElement>(null)
  const typing = useRef<ReturnType<typeof setTimeout>>(undefined)
  const ask = (waitMs: number) => {
    clearTimeout(typing.current)
    const replace = address.peek().q !== undefined
    typing.current = setTimeout(() => go({ q: field.current?.value.trim() }, { replace }), waitMs)
  }
  useSignalEffect(() => {
    const { q = '' } = address.value
    // What somebody is typing is not taken from under their hands.
    if (field.current !== null && field.current.value.trim() !== q) field.current.value = q
  })
  useEffect(() => focusOnSlash(field), [])
  return (
    <div class="search" role="search">
      <span class="search-field">
        <Icon name="search" />
        <input
          ref={field}
          class="field"
          type="search"
          aria-label="Search by saga id, or by the beginning of a business key"
          placeholder="Saga id, or key"
          spellcheck={false}
          autocomplete="off"
          onInput={() => ask(TYPING_MS)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') ask(0)
            if (event.key === 'Escape') event.currentTarget.blur()
            if (event.key === 'ArrowDown') toFirstRow(event)
          }}
        />
        <kbd aria-hidden="true">/</kbd>
      </span>
      <FilterButton />
    </div>
  )
}

/** Down from what was searched to what was found. */
function toFirstRow(event: KeyboardEvent): void {
  const row = document.querySelector('[data-saga]')
  if (!(row instanceof HTMLElement)) return
  event.preventDefault()
  row.focus()
}

function focusOnSlash(field: { readonly current: HTMLInputElement | null }): () => void {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== '/' || !isPlainKey(event)) return
    event.preventDefault()
    field.current?.focus()
    field.current?.select()
  }
  addEventListener('keydown', onKeyDown)
  return () => removeEventListener('keydown', onKeyDown)
}
