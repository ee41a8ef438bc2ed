import { address, go } from '../address.ts'
import { countedOf } from '../format/format.ts'
import { scopes } from '../machines.ts'
import type { MachineScope, VersionScope } from '../scope.ts'

/** Which machine, and which version of it. Each says how many sagas it has, so that an old one is seen to drain. */
export function ScopeSwitch() {
  const { machine, version } = address.value
  const scope = scopes.value.find((one) => one.machine === machine) ?? soleOf(scopes.value)
  const hasChoice = scopes.value.length > 1 || missing(machine, namesOf(scopes.value)).length > 0
  return (
    <div class="scope" role="group" aria-label="Machine and version">
      {hasChoice ? <MachineSelect machine={machine} /> : <span class="sole-machine">{scope?.machine}</span>}
      <VersionSelect scope={scope} version={version} />
    </div>
  )
}

function MachineSelect({ machine }: { readonly machine: string | undefined }) {
  return (
    <select
      class="field"
      aria-label="Machine"
      value={machine ?? ''}
      onChange={({ currentTarget }) =>
        go({ machine: currentTarget.value, version: undefined, state: undefined })
      }
    >
      <option value="">All machines</option>
      {missing(machine, namesOf(scopes.value)).map((name) => (
        <option key={name} value={name}>
          {name}: no sagas
        </option>
      ))}
      {scopes.value.map((one) => (
        <option key={one.machine} value={one.machine}>
          {one.machine}: {countedOf(one.sagas, 'saga')}
        </option>
      ))}
    </select>
  )
}

const namesOf = (all: readonly MachineScope[]) => all.map(({ machine }) => machine)

const soleOf = (all: readonly MachineScope[]) => (all.length === 1 ? all[0] : undefined)

/** A link may name what is no more. */
const missing = (name: string | undefined, among: readonly string[]) =>
  name === undefined || among.includes(name) ? [] : [name]

interface VersionSelectProps {
  readonly scope: MachineScope | undefined
  readonly version: string | undefined
}

function VersionSelect({ scope, version }: VersionSelectProps) {
  if (scope === undefined && version === undefined) return null
  const versions = scope?.versions ?? []
  return (
    <select
      class="field"
      aria-label="Version"
      value={version ?? ''}
      onChange={({ currentTarget }) => {
        const machine = currentTarget.value === '' ? address.peek().machine : scope?.machine
        go({ machine, version: currentTarget.value, state: undefined })
      }}
    >
      <option value="">All versions</option>
      {missing(
        version,
        versions.map((one) => one.version),
      ).map((name) => (
        <option key={name} value={name}>
          Version {name}: no sagas
        </option>
      ))}
      {versions.map((one) => (
        <option key={one.version} value={one.version}>
          {toldOf(one)}
        </option>
      ))}
    </select>
  )
}

function toldOf({ version, isNewest, sagas, open }: VersionScope): string {
  const draining =
    isNewest || sagas === 0
      ? ''
      : open === 0
        ? ', all over'
        : `, ${countedOf(open, 'still open', 'still open')}`
  return `Version ${version}${isNewest ? ' (newest)' : ''}: ${countedOf(sagas, 'saga')}${draining}`
}
