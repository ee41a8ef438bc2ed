/** The rows of the list, of which only those are drawn that are seen. */
import { useComputed, useSignal, useSignalEffect, type Signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { countedOf } from '../format/format.ts'
import { Icon } from '../icon/icon.tsx'
import { Nothing } from './nothing.tsx'
import { ROW_HEIGHT, SagaRow } from './saga-row.tsx'
import type { SagaList } from './saga-list.ts'
import { useWalk } from './use-walk.ts'
import { windowOf, type Seen } from './windowing.ts'

interface RowsProps {
  readonly list: SagaList
  /** Whether a pointer is over it: rows must not move away from under a click. */
  readonly isHeld: Signal<boolean>
}

/** From the end, so that the next page is there before one comes to it. */
const AHEAD = 30

export function Rows({ list, isHeld }: RowsProps) {
  const frame = useRef<HTMLDivElement>(null)
  const seen = useSignal<Seen>({ scrollTop: 0, height: 800 })
  useSeen(frame, seen)
  const active = useWalk({ frame, list, seen })
  useSignalEffect(() => {
    list.isAtTop = seen.value.scrollTop < ROW_HEIGHT / 2 && !isHeld.value
    if (list.isAtTop && list.waiting.peek() > 0) void list.refresh()
  })
  useSignalEffect(() => {
    const { to } = windowOf(seen.value, ROW_HEIGHT, list.entries.value.length)
    const isNearEnd = to > list.entries.value.length - AHEAD
    // Not tried again and again where it failed: that is for a button.
    if (isNearEnd && list.hasMore.value && !list.isLoading.value && list.failure.value === null)
      void list.more()
  })
  const toTop = () => {
    frame.current?.scrollTo({ top: 0 })
    void list.refresh()
  }
  return (
    <div
      class="rows-frame"
      ref={frame}
      aria-busy={list.isLoading}
      onPointerEnter={() => (isHeld.value = true)}
      onPointerLeave={() => (isHeld.value = false)}
    >
      <Waiting list={list} onShow={toTop} />
      <Nothing list={list} />
      <WindowOfRows list={list} seen={seen} active={active} />
    </div>
  )
}

function Waiting({ list, onShow }: { readonly list: SagaList; readonly onShow: () => void }) {
  if (list.waiting.value === 0) return null
  return (
    <div class="waiting">
      <button type="button" class="button is-primary" onClick={onShow}>
        <Icon name="first" /> {countedOf(list.waiting.value, 'new saga')}
      </button>
    </div>
  )
}

interface WindowProps {
  readonly list: SagaList
  readonly seen: Signal<Seen>
  readonly active: Signal<string | null>
}

function WindowOfRows({ list, seen, active }: WindowProps) {
  const rows = useComputed(() => list.entries.value.length)
  const from = useComputed(() => windowOf(seen.value, ROW_HEIGHT, rows.value).from)
  const to = useComputed(() => windowOf(seen.value, ROW_HEIGHT, rows.value).to)
  if (rows.value === 0) return null
  const shown = list.entries.value.slice(from.value, to.value)
  // Tab comes to one row only: the one that was last walked to, if it is drawn.
  const stop = shown.some(({ id }) => id === active.value) ? active.value : shown[0]?.id
  return (
    <div class="rows" role="list" style={{ height: `${rows.value * ROW_HEIGHT}px` }}>
      <div class="rows-window" style={{ transform: `translateY(${from.value * ROW_HEIGHT}px)` }}>
        {shown.map((entry, index) => (
          <SagaRow
            key={entry.id}
            entry={entry}
            position={from.value + index + 1}
            size={list.hasMore.value ? -1 : rows.value}
            isStop={entry.id === stop}
          />
        ))}
      </div>
    </div>
  )
}

function useSeen(frame: { readonly current: HTMLElement | null }, seen: Signal<Seen>): void {
  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const look = () => {
      const { scrollTop, clientHeight: height } = element
      seen.value = { scrollTop, height }
    }
    look()
    element.addEventListener('scroll', look, { passive: true })
    const observer = new ResizeObserver(look)
    observer.observe(element)
    return () => {
      element.removeEventListener('scroll', look)
      observer.disconnect()
    }
  }, [frame, seen])
}
