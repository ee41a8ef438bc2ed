/** What time it is, told once a second, for all that shows how long ago something was. */
import { signal, type ReadonlySignal } from '@preact/signals'

const nowSignal = signal(Date.now())

/** Milliseconds since the epoch. */
export const now: ReadonlySignal<number> = nowSignal

setInterval(() => {
  nowSignal.value = Date.now()
}, 1_000)
