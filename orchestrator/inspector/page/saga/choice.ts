/**
 * One stop for the Tab key over many small things that lead to a moment each: arrow keys go from one to the next, Enter
 * goes to its moment. They are as small as what they tell was short, so they are no targets of their own.
 */
import { useEffect, useId, useState } from 'preact/hooks'

export interface Choice {
  /** For the box around them. */
  readonly box: {
    readonly role: 'listbox'
    readonly tabIndex: 0
    readonly 'aria-activedescendant': string | undefined
    readonly onKeyDown: (event: KeyboardEvent) => void
    readonly onFocus: () => void
    readonly onBlur: () => void
  }
  readonly option: (index: number) => {
    readonly id: string
    readonly role: 'option'
    readonly 'aria-selected': boolean
    readonly onClick: () => void
  }
  /** The one that the keyboard is at; undefined while it is elsewhere. */
  readonly at: number | undefined
}

export interface ChoiceOptions {
  readonly count: number
  /** Where the keyboard begins: what is selected, or -1. */
  readonly selected: number
  readonly onPick: (index: number) => void
}

export function useChoice({ count, selected, onPick }: ChoiceOptions): Choice {
  const name = useId()
  const [at, setAt] = useState<number>()
  const last = count - 1
  useEffect(() => {
    if (at !== undefined)
      document.getElementById(`${name}-${at}`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [at])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || count === 0) return
    const next = stepOf(event.key, at ?? 0, last)
    const isPick = event.key === 'Enter' || event.key === ' '
    if (next === undefined && !isPick) return
    // The page has these keys too, for the slider.
    event.preventDefault()
    event.stopPropagation()
    if (next !== undefined) setAt(next)
    else if (at !== undefined) onPick(Math.min(at, last))
  }
  return {
    at: at === undefined ? undefined : Math.min(at, last),
    box: {
      role: 'listbox',
      tabIndex: 0,
      'aria-activedescendant': at === undefined || count === 0 ? undefined : `${name}-${Math.min(at, last)}`,
      onKeyDown,
      onFocus: () => setAt((now) => now ?? Math.max(0, selected)),
      onBlur: () => setAt(undefined),
    },
    option: (index) => ({
      id: `${name}-${index}`,
      role: 'option',
      'aria-selected': index === selected,
      onClick: () => onPick(index),
    }),
  }
}

function stepOf(key: string, at: number, last: number): number | undefined {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowUp':
      return Math.max(0, at - 1)
    case 'ArrowRight':
    case 'ArrowDown':
      return Math.min(last, at + 1)
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return undefined
  }
}
