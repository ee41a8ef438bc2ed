/** Which machines and versions there are to look at, and how many sagas are on each. Pure. */
import type { Address } from './hash.ts'
import type { Count, KnownMachine } from './types.ts'

export interface VersionScope {
  readonly version: string
  /** New sagas begin with it. */
  readonly isNewest: boolean
  readonly sagas: number
  /** Those that have not ended: an old version drains. */
  readonly open: number
}

export interface MachineScope {
  readonly machine: string
  readonly sagas: number
  readonly open: number
  /** The newest first; those that only sagas tell of, last. */
  readonly versions: readonly VersionScope[]
}

export function scopesOf(known: readonly KnownMachine[], counts: readonly Count[]): readonly MachineScope[] {
  const names = new Set([...known, ...counts].map(({ machine }) => machine))
  return [...names].map((machine) => {
    const versions = known.find((one) => one.machine === machine)?.versions ?? []
    const counted = counts.filter((count) => count.machine === machine)
    const registered = versions.filter(({ here }) => here).map(({ version }) => version)
    const all = new Set([
      ...registered.toReversed(),
      ...[...versions, ...counted].map(({ version }) => version),
    ])
    return {
      machine,
      ...sumOf(counted),
      versions: [...all].map((version) => ({
        version,
        isNewest: versions.some((one) => one.version === version && one.newest),
        ...sumOf(counted.filter((count) => count.version === version)),
      })),
    }
  })
}

/** All of them together. */
export const sagasIn = (counts: readonly Count[]): number =>
  counts.reduce((total, { sagas }) => total + sagas, 0)

function sumOf(counts: readonly Count[]): { readonly sagas: number; readonly open: number } {
  return {
    sagas: sagasIn(counts),
    open: sagasIn(counts.filter(({ status }) => status !== 'done' && status !== 'failed')),
  }
}

export interface VersionName {
  readonly machine: string
  readonly version: string
}

/** Whose chart is shown: what the address names, or else the machine with the most sagas, in its newest version. */
export function chosenIn(scopes: readonly MachineScope[], { machine, version }: Address): VersionName | null {
  const most = scopes.toSorted((a, b) => b.sagas - a.sagas)
  const scope = most.find(
    (one) =>
      (machine === undefined || one.machine === machine) &&
      (machine !== undefined ||
        version === undefined ||
        one.versions.some((each) => each.version === version)),
  )
  const name = machine ?? scope?.machine
  const shown = version ?? (scope?.versions.find(({ isNewest }) => isNewest) ?? scope?.versions[0])?.version
  return name === undefined || shown === undefined ? null : { machine: name, version: shown }
}

/** Whether a list of all sagas has more than one kind of them. */
export const isMixed = (scopes: readonly MachineScope[]): boolean =>
  scopes.length > 1 || scopes.some(({ versions }) => versions.filter(({ sagas }) => sagas > 0).length > 1)
