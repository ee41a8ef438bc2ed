/** Walking through the list by keys, from wherever one is: the focus goes along. */
import { useSignal, type Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { isPlainKey } from '../shell/keys.ts'
import { ROW_HEIGHT } from './saga-row.tsx'
import type { SagaList } from './saga-list.ts'
import { scrollTopFor, type Seen } from './windowing.ts'

interface Walk {
  readonly frame: { readonly current: HTMLElement | null }
  readonly list: SagaList
  readonly seen: Signal<Seen>
}

/** The saga that was walked to last. */
export function useWalk(walk: Walk): Signal<string | null> {
  const active = useSignal<string | null>(null)
  useEffect(() => {
    const { frame } = walk
    const onKeyDown = (event: KeyboardEvent) => {
      if (!isPlainKey(event) || frame.current === null || frame.current.offsetParent === null) return
      const target = targetOf(event, walk, active.peek())
      if (target === undefined) return
      event.preventDefault()
      goTo(target, walk, active)
    }
    const onFocus = ({ target }: FocusEvent) => {
      const id = target instanceof HTMLElement ? target.dataset['saga'] : undefined
      if (id !== undefined) active.value = id
    }
    const element = frame.current
    addEventListener('keydown', onKeyDown)
    element?.addEventListener('focusin', onFocus)
    return () => {
      removeEventListener('keydown', onKeyDown)
      element?.removeEventListener('focusin', onFocus)
    }
  }, [])
  return active
}

/** undefined if the key does not lead to a row. */
function targetOf(
  event: KeyboardEvent,
  { frame, list, seen }: Walk,
  active: string | null,
): number | undefined {
  const last = list.entries.peek().length - 1
  if (last < 0) return undefined
  const here = list.entries.peek().findIndex(({ id }) => id === active)
  const within = (index: number) => Math.min(last, Math.max(0, index))
  if (event.key === 'j') return within(here + 1)
  if (event.key === 'k') return within(here - 1)
  // The other keys are those of whatever has the focus.
  if (frame.current?.contains(document.activeElement) !== true) return undefined
  const screen = Math.max(1, Math.floor(seen.peek().height / ROW_HEIGHT) - 1)
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: here + 1,
    ArrowUp: here - 1,
    PageDown: here + screen,
    PageUp: here - screen,
    Home: 0,
    End: last,
  }
  const target = targets[event.key]
  return target === undefined ? undefined : within(target)
}

function goTo(index: number, { frame, list, seen }: Walk, active: Signal<string | null>): void {
  const id = list.entries.peek()[index]?.id
  if (id === undefined || frame.current === null) return
  const scrollTop = scrollTopFor(index, seen.peek(), ROW_HEIGHT)
  frame.current.scrollTop = scrollTop
  // At once, not with the scroll event: the row must be drawn before it can have the focus.
  seen.value = { ...seen.peek(), scrollTop }
  active.value = id
  requestAnimationFrame(() => {
    const link = frame.current?.querySelector(`[data-saga="${id}"]`)
    if (link instanceof HTMLElement) link.focus({ preventScroll: true })
  })
}
