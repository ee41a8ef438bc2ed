/** What one transition left behind. It never changes, so a few are kept for who steps to and fro. */
import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../message-of.ts'
import type { SagaModel } from './saga-model.ts'
import type { Moment } from './source.ts'

const KEPT_MAX = 40
/** Who slides past a moment does not ask for it. */
const SETTLED_MS = 120

const kept = new WeakMap<SagaModel, Map<number, Moment>>()

export interface ToldMoment {
  /** The one before, as long as the one that is looked at is on its way. */
  readonly told: Moment | null
  readonly fault: string | null
}

export function useMoment(model: SagaModel, seq: number): ToldMoment {
  const mine = keptOf(model)
  const [shown, setShown] = useState<ToldMoment>({ told: mine.get(seq) ?? null, fault: null })
  const isThere = model.looked.value.index !== -1
  useEffect(() => {
    const known = mine.get(seq)
    if (known !== undefined || !isThere) {
      if (known !== undefined) setShown({ told: known, fault: null })
      return undefined
    }
    const stopped = new AbortController()
    const ask = async () => {
      try {
        const told = await model.source.moment(seq, stopped.signal)
        keep(mine, seq, told)
        if (!stopped.signal.aborted) setShown({ told, fault: null })
      } catch (error) {
        if (!stopped.signal.aborted) setShown({ told: null, fault: messageOf(error) })
      }
    }
    const timer = setTimeout(() => void ask(), shown.told === null ? 0 : SETTLED_MS)
    return () => {
      clearTimeout(timer)
      stopped.abort()
    }
  }, [model, seq, isThere])
  return shown
}

function keptOf(model: SagaModel): Map<number, Moment> {
  const found = kept.get(model) ?? new Map<number, Moment>()
  kept.set(model, found)
  return found
}

function keep(mine: Map<number, Moment>, seq: number, moment: Moment): void {
  mine.set(seq, moment)
  const [oldest] = mine.keys()
  if (mine.size > KEPT_MAX && oldest !== undefined) mine.delete(oldest)
}
