// `skald machines`: which versions there are, and which are still in use by how many.
import { areMachines, type MachineVersion } from '../client/answers.ts'
import { Client } from '../client/client.ts'
import type { Globals } from '../globals.ts'
import { jsonOf, plain } from '../terminal/plain.ts'
import { note, print, widthOf } from '../terminal/screen.ts'
import { styleOf } from '../terminal/statuses.ts'
import { tableOf, type Column } from '../terminal/table.ts'
import type { SagaStatus } from '../../engine/ports.ts'

type Row = MachineVersion & { readonly machine: string }

export async function machines(globals: Globals): Promise<void> {
  const client = new Client(globals)
  const body = await client.get({ path: '/api/machines', expected: areMachines })
  if (globals.json) return print(jsonOf(body))
  const rows = body.machines.flatMap(({ machine, versions }) =>
    versions.map((version) => ({ ...version, machine })),
  )
  if (rows.length === 0) return note('There are no machines.')
  print(...tableOf(rows, columns, widthOf()))
}

const standing = ({ newest, here, sagas }: Row): string => {
  if (newest) return 'newest'
  if (!here) return 'not here'
  const inUse = sagas.running + sagas.compensating + sagas.parked
  return inUse === 0 ? 'not in use' : 'in use'
}

const count = (status: SagaStatus): Column<Row> => ({
  title: status.toUpperCase(),
  cell: ({ sagas }) => (sagas[status] ?? 0).toLocaleString('en'),
  style: ({ sagas }) => (sagas[status] > 0 ? styleOf(status) : 'dim'),
  align: 'right',
})

const columns: readonly Column<Row>[] = [
  { title: 'MACHINE', cell: ({ machine, version }) => `${plain(machine)}@${plain(version)}`, min: 10 },
  {
    title: '',
    cell: standing,
    style: (row) => (!row.newest && !row.here ? 'red' : 'dim'),
    min: 4,
    rank: 2,
  },
  count('running'),
  { ...count('compensating'), title: 'UNDOING' },
  count('parked'),
  { ...count('done'), rank: 1 },
  { ...count('failed'), rank: 1 },
]
