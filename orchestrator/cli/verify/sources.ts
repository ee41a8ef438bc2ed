// Which sagas are verified: those in flight, and a sample of ended ones, as the API streams them; or those in files.
import type { SagaFile } from '../../saga-file/saga-file.ts'
import { areCounts } from '../client/answers.ts'
import { Client } from '../client/client.ts'
import type { Globals } from '../globals.ts'
import { isForOperators } from '../operator-error.ts'
import { sourceOfApi, sourceOfFile } from '../replay/source.ts'

export interface Wanted {
  readonly from?: readonly string[]
  readonly machine?: string
  readonly sample: number
}

export interface Sagas {
  readonly files: AsyncIterable<SagaFile>
  /** How many there will be, as far as anybody knows. */
  readonly total: number | undefined
}

const IN_FLIGHT = ['running', 'compensating', 'parked']
const ENDED = ['done', 'failed']

export async function sagasOf(globals: Globals, { from, machine, sample }: Wanted): Promise<Sagas> {
  const [id, version] = machine?.split('@') ?? []
  if (from !== undefined) return { files: inFiles(from, id, version), total: undefined }
  const fields = { ...(id && { machine: id }), ...(version && { version }) }
  const queries = [
    // In one list: one after the other, a saga that moves between two statuses would be in neither.
    { ...fields, ended: 'false' },
    ...(sample > 0 ? ENDED.map((status) => ({ ...fields, status, limit: sample })) : []),
  ]
  return { files: fromApi(globals, queries), total: await countOf(globals, fields, sample) }
}

async function* inFiles(
  paths: readonly string[],
  machine: string | undefined,
  version: string | undefined,
): AsyncGenerator<SagaFile> {
  for (const path of paths) {
    for await (const file of sourceOfFile(path).files) {
      const { saga } = file
      if (machine !== undefined && saga.machine !== machine) continue
      if (version !== undefined && saga.version !== version) continue
      yield file
    }
  }
}

async function* fromApi(
  globals: Globals,
  queries: readonly Readonly<Record<string, string | number>>[],
): AsyncGenerator<SagaFile> {
  // A saga that went on meanwhile is in two of them.
  const seen = new Set<string>()
  for (const query of queries) {
    for await (const file of sourceOfApi(globals, '/api/export', { ...query, definition: 'false' }).files) {
      if (seen.has(file.saga.saga_id)) continue
      seen.add(file.saga.saga_id)
      yield file
    }
  }
}

/** Only for the progress bar: without it, there is none. */
async function countOf(
  globals: Globals,
  fields: Readonly<Record<string, string>>,
  sample: number,
): Promise<number | undefined> {
  try {
    const { counts } = await new Client(globals).get({
      path: '/api/counts',
      expected: areCounts,
      query: fields,
      retries: 0,
    })
    const sum = (statuses: readonly string[]) =>
      counts.reduce((total, { status, sagas }) => total + (statuses.includes(status) ? sagas : 0), 0)
    return sum(IN_FLIGHT) + ENDED.reduce((total, status) => total + Math.min(sample, sum([status])), 0)
  } catch (error) {
    if (isForOperators(error)) return undefined
    throw error
  }
}
