/** Which sagas are listed, in the words of the API: what the server finds, the page must find too as it happens. Pure. */
import type { Address } from '../hash.ts'
import { statusIn } from '../status.ts'
import type { Count, Row, SagaStatus } from '../types.ts'

const WORDS = [
  'q',
  'state',
  'step',
  'error_code',
  'older_than',
  'younger_than',
  'machine',
  'version',
] as const satisfies readonly (keyof Address)[]

type Word = (typeof WORDS)[number]

/** Empty for all sagas. */
export type Filter = Readonly<Partial<Record<Word, string>>> & { readonly status?: SagaStatus }

export function filterIn(address: Address): Filter {
  const status = statusIn(address.status)
  const words = WORDS.flatMap((word) => {
    const value = address[word]
    return value === undefined ? [] : [[word, value] as const]
  })
  return { ...Object.fromEntries(words), ...(status !== undefined && { status }) }
}

/** Whether the server would list it `now`, in milliseconds since the epoch. */
export function matches(row: Row, filter: Filter, now: number): boolean {
  const { machine, version, status, step, error_code, state, q } = filter
  return (
    (machine === undefined || row.machine === machine) &&
    (version === undefined || row.version === version) &&
    (status === undefined || row.status === status) &&
    (state === undefined || isWithin(row, state)) &&
    (step === undefined || (row.step === step && !isEnd(row.status))) &&
    (error_code === undefined || row.error_code === error_code) &&
    (q === undefined || isCalled(row, q)) &&
    isOfAge(row, filter, now)
  )
}

const isEnd = (status: SagaStatus) => status === 'done' || status === 'failed'

type Standing = Pick<Count, 'status' | 'state'>

/** The name of a status in capitals stands for it; any other word is a path, or the beginning of one up to a dot. */
function isWithin(row: Standing, state: string): boolean {
  const status = statusIn(state.toLowerCase())
  if (status !== undefined && state === status.toUpperCase()) return row.status === status
  return row.state === state || row.state.startsWith(`${state}.`)
}

function isCalled({ saga_id, business_key }: Row, q: string): boolean {
  return saga_id === q.toLowerCase() || business_key?.startsWith(q) === true
}

function isOfAge({ created_at }: Row, { older_than, younger_than }: Filter, now: number): boolean {
  const age = now - Date.parse(created_at)
  const [least, most] = [ageMsOf(older_than), ageMsOf(younger_than)]
  return (least === undefined || age > least) && (most === undefined || age <= most)
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** undefined of what the server refuses as well. */
function ageMsOf(age: string | undefined): number | undefined {
  const [, digits, unit] = /^(\d{1,6})([smhd])$/.exec(age ?? '') ?? []
  return digits === undefined ? undefined : Number(digits) * (UNIT_MS[unit ?? ''] ?? 0)
}

/** How many match, as far as counts by standing can tell; null if the filter asks for more than that. */
export function countIn(counts: readonly Count[], filter: Filter): number | null {
  const { machine, version, status, state, ...rest } = filter
  if (Object.keys(rest).length > 0) return null
  return counts
    .filter(
      (count) =>
        (machine === undefined || count.machine === machine) &&
        (version === undefined || count.version === version) &&
        (status === undefined || count.status === status) &&
        (state === undefined || isWithin(count, state)),
    )
    .reduce((sum, { sagas }) => sum + sagas, 0)
}

/** Whether it says more than which machine: what then is done to all that match is not done to all there are. */
export function isNarrow(filter: Filter): boolean {
  const { machine: _machine, version: _version, ...rest } = filter
  return Object.keys(rest).length > 0
}
