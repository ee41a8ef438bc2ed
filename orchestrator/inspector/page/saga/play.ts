/** Going through a saga as through a film: in its own time, but long waits are cut. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { SagaModel } from './saga-model.ts'

/** How many times as fast as it was. */
export type Speed = 1 | 10

/** Short enough to wait for, long enough to see; by speed. */
const WAIT_MS: Readonly<Record<Speed, { readonly least: number; readonly most: number }>> = {
  1: { least: 150, most: 2_000 },
  10: { least: 60, most: 400 },
}

function waitMs(tookMs: number, speed: Speed): number {
  const { least, most } = WAIT_MS[speed]
  return Math.min(most, Math.max(least, tookMs / speed))
}

export interface Play {
  readonly isPlaying: boolean
  readonly speed: Speed
  readonly toggle: () => void
  readonly stop: () => void
  readonly setSpeed: (speed: Speed) => void
}

export function usePlay(model: SagaModel): Play {
  const [isPlaying, setPlaying] = useState(false)
  const [speed, setSpeed] = useState<Speed>(1)
  const { index, last } = model.looked.value
  const tookMs = model.story.value.moments[index]?.tookMs ?? 0
  useEffect(() => {
    if (!isPlaying) return undefined
    if (index >= last) {
      setPlaying(false)
      return undefined
    }
    const timer = setTimeout(() => model.goTo(index + 1), waitMs(tookMs, speed))
    return () => clearTimeout(timer)
  }, [isPlaying, speed, index, last])
  const toggle = () => {
    // At its end it begins once more.
    if (!isPlaying && index >= last) model.goTo(0)
    setPlaying(!isPlaying)
  }
  return { isPlaying, speed, toggle, stop: () => setPlaying(false), setSpeed }
}

const isWithin = (target: EventTarget | null, selector: string) =>
  target instanceof Element && target.closest(selector) !== null

/** Where the keys mean something else: there they are left alone. */
const OWN_KEYS =
  'input, textarea, select, dialog, [role="tablist"], [role="menu"], [role="listbox"], [contenteditable], .list, .chart-frame'
const OWN_SPACE = 'button, a, summary, [role="button"]'

/** Arrows, Home, End and Space go through time from anywhere in the view. */
export function useTimeKeys(model: SagaModel, { toggle, stop }: Play): void {
  const latest = useRef({ toggle, stop })
  latest.current = { toggle, stop }
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { key, target } = event
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
      if (isWithin(target, OWN_KEYS) || (key === ' ' && isWithin(target, OWN_SPACE))) return
      const act = keyAct(key, model, latest.current)
      if (act === undefined) return
      event.preventDefault()
      act()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [model])
}

function keyAct(key: string, model: SagaModel, { toggle, stop }: Pick<Play, 'toggle' | 'stop'>) {
  const { index, last } = model.looked.peek()
  const to = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: last }[key]
  if (key === ' ') return toggle
  if (to === undefined) return undefined
  return () => {
    stop()
    model.goTo(to)
  }
}
