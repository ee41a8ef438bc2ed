/** The machines that there are, and what of them is looked at. */
import { computed, effect, signal } from '@preact/signals'
import { address } from './address.ts'
import { get } from './api.ts'
import { connection, counts } from './live.ts'
import { messageOf } from './message-of.ts'
import { chosenIn, scopesOf } from './scope.ts'
import type { KnownMachine } from './types.ts'

/** Null until they are told. */
const known = signal<readonly KnownMachine[] | null>(null)
/** In words: why they could not be read. */
export const failure = signal<string | null>(null)

export const scopes = computed(() => scopesOf(known.value ?? [], counts.value ?? []))

/** Null where there is no machine at all, or none is known yet. */
const chosenText = computed(() => JSON.stringify(chosenIn(scopes.value, address.value)))
export const chosen = computed(() => JSON.parse(chosenText.value) as ReturnType<typeof chosenIn>)

async function readMachines(): Promise<void> {
  try {
    const { machines } = await get<{ machines: readonly KnownMachine[] }>('/api/machines')
    known.value = machines
    failure.value = null
  } catch (error) {
    failure.value = messageOf(error)
  }
}

/** Whether sagas are told of a version that came since. */
const isAnyUnknown = computed(() => {
  const machines = known.value
  if (machines === null) return false
  return (counts.value ?? []).some(
    ({ machine, version }) =>
      !machines.some(
        (one) => one.machine === machine && one.versions.some((each) => each.version === version),
      ),
  )
})

/** Once, by the page: read at its start, and whenever they may be others. */
export function keepMachines(): void {
  effect(() => {
    const isBack = connection.value === 'live' && failure.peek() !== null
    if (known.peek() === null || isAnyUnknown.value || isBack) void readMachines()
  })
}
