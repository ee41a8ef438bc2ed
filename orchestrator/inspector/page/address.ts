/**
 * What is looked at, as the address of the page has it: a link shows a colleague the same moment, and the browser's own
 * Back goes back. It is in the fragment, so no server ever logs it.
 */
import { signal, type ReadonlySignal } from '@preact/signals'

export interface Address {
  /** The filter of the list, in the words of the API. */
  readonly q?: string
  readonly status?: string
  readonly state?: string
  readonly step?: string
  readonly error_code?: string
  readonly machine?: string
  readonly version?: string
  readonly created_since?: string
  readonly created_before?: string
  /** What the overview tells of each state: `now` if it is missing. */
  readonly show?: string
  /** The saga that is open; `file` for one that was opened from a file. */
  readonly saga?: string
  /** The transition that is looked at; the last one, and live, if it is missing. */
  readonly at?: string
  /** The panel beside the chart of a saga. */
  readonly tab?: string
  /** The version that it was told again on. */
  readonly against?: string
}

const NAMES = [
  'q',
  'status',
  'state',
  'step',
  'error_code',
  'machine',
  'version',
  'created_since',
  'created_before',
  'show',
  'saga',
  'at',
  'tab',
  'against',
] as const satisfies readonly (keyof Address)[]

const current = signal<Address>(read(location.hash))

export const address: ReadonlySignal<Address> = current

export function read(hash: string): Address {
  const params = new URLSearchParams(hash.replace(/^#/, ''))
  const told = NAMES.flatMap((name) => {
    const value = params.get(name)
    return value === null || value === '' ? [] : [[name, value] as const]
  })
  return Object.fromEntries(told)
}

export function hashOf(address: Address): string {
  const params = new URLSearchParams()
  for (const name of NAMES) {
    const value = address[name]
    if (value !== undefined && value !== '') params.set(name, value)
  }
  return `#${params}`
}

export type Changes = { readonly [Name in keyof Address]?: string | undefined }

/** The address with these members instead; undefined takes one away. */
export function changed(changes: Changes, from: Address = current.peek()): Address {
  return read(hashOf({ ...from, ...changes } as Address))
}

/** `replace` for what nobody would want to go back to, such as each letter of a search. */
export function go(changes: Changes, { replace = false } = {}): void {
  const next = changed(changes)
  const hash = hashOf(next)
  if (hash === hashOf(current.peek())) return
  history[replace ? 'replaceState' : 'pushState'](null, '', hash)
  current.value = next
}

addEventListener('popstate', () => {
  current.value = read(location.hash)
})
addEventListener('hashchange', () => {
  current.value = read(location.hash)
})
