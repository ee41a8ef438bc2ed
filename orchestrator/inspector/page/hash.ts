/** What is looked at, as the fragment of the address has it. Pure. */

export interface Address {
  /** The filter of the list, in the words of the API. */
  readonly q?: string
  readonly status?: string
  readonly state?: string
  readonly step?: string
  readonly error_code?: string
  readonly older_than?: string
  readonly younger_than?: string
  readonly machine?: string
  readonly version?: string
  /** What the overview tells of each state: `now` if it is missing. */
  readonly show?: string
  /** On a narrow screen, `chart` for the overview instead of the list. */
  readonly pane?: string
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
  'older_than',
  'younger_than',
  'machine',
  'version',
  'show',
  'pane',
  'saga',
  'at',
  'tab',
  'against',
] as const satisfies readonly (keyof Address)[]

export function read(hash: string): Address {
  const params = new URLSearchParams(hash.replace(/^#/, ''))
  const told = NAMES.flatMap((name) => {
    const value = params.get(name)
    return value === null || value === '' ? [] : [[name, value] as const]
  })
  return Object.fromEntries(told)
}

/** The same for the same view, in whatever order it was told. */
export function hashOf(address: Address): string {
  const params = new URLSearchParams()
  for (const name of NAMES) {
    const value = address[name]
    if (value !== undefined && value !== '') params.set(name, value)
  }
  return `#${params}`
}

/** Members of an address; undefined takes one away. */
export type Changes = { readonly [Name in keyof Address]?: string | undefined }

export function changed(from: Address, changes: Changes): Address {
  return read(hashOf({ ...from, ...changes } as Address))
}
