// Which ones: links from a panel into the inspector, with the filter of its list in the address.
import type { Address } from '../../orchestrator/inspector/page/hash.ts'
import { link, type Link } from './panels.ts'

/** The variable that says where Skald is, as people reach it. */
export const SKALD = '${skald:raw}'

type Filter = Pick<Address, 'status' | 'state' | 'step' | 'machine' | 'older_than' | 'younger_than'>

/** A label of the series that was clicked; in a table, what stands in that column of the row. */
export const labelOf = (name: string) => `\${__field.labels.${name}:percentencode}`
export const cellOf = (name: string) => `\${__data.fields.${name}:percentencode}`

/** Values may name labels: Grafana puts them in, and encodes them. */
function sagasWhere(filter: Filter): string {
  const members = Object.entries(filter).map(([name, value]) => `${name}=${value}`)
  return `${SKALD}/inspector#${members.join('&')}`
}

export const listOf = (title: string, filter: Filter): Link => link(title, sagasWhere(filter))
