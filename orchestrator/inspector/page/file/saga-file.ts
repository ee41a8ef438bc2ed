/**
 * What an exported file must be to be looked at. The file may be anybody's: what the views rely on is checked here, so
 * that they need not. By hand, for a validator would be larger than the rest of the page. Pure.
 */
import type { SagaFile } from '../../../saga-file/saga-file.ts'

export type { SagaFile }

const FAMILY = 'skald-saga/'
const FORMAT: SagaFile['format'] = 'skald-saga/1'

/** Why this is no saga that can be looked at, behind "it"; undefined if it is one. */
export function faultIn(value: unknown): string | undefined {
  if (!isMembers(value)) return 'is no saga that Skald exported'
  return formatFault(value['format']) ?? membersFault(value)
}

function formatFault(format: unknown): string | undefined {
  if (format === FORMAT) return undefined
  if (typeof format !== 'string' || !format.startsWith(FAMILY)) return 'is no saga that Skald exported'
  const told = format.slice(0, 40)
  const isNewer = Number(format.slice(FAMILY.length)) > Number(FORMAT.slice(FAMILY.length))
  const whose = isNewer ? ', which a newer Skald wrote' : ''
  return `has the format ${told}${whose}; this page reads ${FORMAT}`
}

function membersFault(file: Members): string | undefined {
  const { definition, service_events } = file
  return (
    memberFault(file, '', FILE) ??
    sagaFault(file['saga']) ??
    listFault(file['transitions'], 'transitions', ROW) ??
    listFault(file['events'], 'events', EVENT) ??
    (definition === null || isMembers(definition) ? undefined : says('definition', 'an object or null')) ??
    (service_events === null || isMembers(service_events)
      ? undefined
      : says('service_events', 'an object or null'))
  )
}

type Members = Readonly<Record<string, unknown>>
type Check = readonly [isSo: (value: unknown) => boolean, must: string]

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const says = (path: string, must: string) => `is broken: ${path} must be ${must}`

const TEXT: Check = [(value) => typeof value === 'string', 'a text']
const TEXT_OR_NULL: Check = [(value) => value === null || typeof value === 'string', 'a text or null']
const INSTANT: Check = [
  (value) => typeof value === 'string' && Number.isFinite(Date.parse(value)),
  'a date and time',
]
const SEQ: Check = [(value) => Number.isSafeInteger(value) && Number(value) >= 0, 'a whole number']
const HAPPENED: Check = [
  (value) => isMembers(value) && typeof value['type'] === 'string',
  'an object with a type',
]

const FILE: Readonly<Record<string, Check>> = { exported_at: INSTANT }
const SAGA: Readonly<Record<string, Check>> = {
  saga_id: TEXT,
  machine: TEXT,
  version: TEXT,
  status: TEXT,
  state: TEXT,
  step: TEXT_OR_NULL,
  seq: SEQ,
  business_key: TEXT_OR_NULL,
  created_at: INSTANT,
  updated_at: INSTANT,
}
const ROW: Readonly<Record<string, Check>> = {
  seq: SEQ,
  actor: TEXT_OR_NULL,
  event: HAPPENED,
  timer: TEXT_OR_NULL,
  at: INSTANT,
  state: TEXT,
}
const EVENT: Readonly<Record<string, Check>> = { seq: SEQ, type: TEXT, created_at: INSTANT }

const sagaFault = (saga: unknown) =>
  isMembers(saga) ? memberFault(saga, 'saga', SAGA) : says('saga', 'an object')

function listFault(list: unknown, path: string, checks: typeof ROW): string | undefined {
  if (!Array.isArray(list)) return says(path, 'a list')
  for (const [index, item] of list.entries()) {
    const where = `${path}[${index}]`
    const fault = isMembers(item) ? memberFault(item, where, checks) : says(where, 'an object')
    if (fault !== undefined) return fault
  }
  return undefined
}

function memberFault(members: Members, path: string, checks: typeof ROW): string | undefined {
  const broken = Object.entries(checks).find(([name, [isSo]]) => !isSo(members[name]))
  return broken && says(path === '' ? broken[0] : `${path}.${broken[0]}`, broken[1][1])
}
