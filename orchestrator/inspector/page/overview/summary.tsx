/** The version that is looked at in one line, and where the other sagas are. */
import { useComputed, useSignal, useSignalEffect } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { hrefOf } from '../address.ts'
import { get } from '../api.ts'
import { agoOf, countedOf, numberOf } from '../format/format.ts'
import { now } from '../format/now.ts'
import { StatusIcon } from '../icon/icon.tsx'
import { countIn } from '../list/filter.ts'
import { counts } from '../live.ts'
import { scopes } from '../machines.ts'
import type { VersionName } from '../scope.ts'
import { STATUSES } from '../status.ts'
import type { Row, SagaStatus } from '../types.ts'

export function Summary({ of }: { readonly of: VersionName }) {
  const all = counts.value
  if (all === null) return <p class="summary">Counting …</p>
  const numbers = STATUSES.map((status) => [status, countIn(all, { ...of, status }) ?? 0] as const)
  return (
    <p class="summary">
      <span>
        <b>{countedOf(countIn(all, { ...of }) ?? 0, 'saga')}</b>
      </span>
      {numbers
        .filter(([, sagas]) => sagas > 0)
        .map(([status, sagas]) => (
          <Part key={status} status={status} sagas={sagas} />
        ))}
      <OldestParked of={of} />
      <Others of={of} />
    </p>
  )
}

function Part({ status, sagas }: { readonly status: SagaStatus; readonly sagas: number }) {
  return (
    <span class="summary-part">
      <StatusIcon status={status} /> {numberOf(sagas)} {status}
    </span>
  )
}

/** The list is read newest first: beyond one page of them, the oldest is not worth the way to it. */
const PARKED_MAX = 200
const EVERY_MS = 15_000

function OldestParked({ of }: { readonly of: VersionName }) {
  const oldest = useSignal<string | null>(null)
  const parked = useComputed(() => countIn(counts.value ?? [], { ...of, status: 'parked' }) ?? 0)
  const readAt = useRef(-Infinity)
  useSignalEffect(() => {
    if (parked.value === 0 || parked.value > PARKED_MAX) {
      oldest.value = null
      return undefined
    }
    const abort = new AbortController()
    const read = async () => {
      readAt.current = performance.now()
      oldest.value = await oldestParked(of, abort.signal)
    }
    const waitMs = Math.max(0, readAt.current + EVERY_MS - performance.now())
    const timer = setTimeout(() => void read(), waitMs)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  })
  if (oldest.value === null) return null
  return <span class="summary-soft">the oldest parked began {agoOf(oldest.value, now.value)} ago</span>
}

/** It is only told where it can be had. */
async function oldestParked(of: VersionName, signal: AbortSignal): Promise<string | null> {
  const query = { ...of, status: 'parked', limit: PARKED_MAX }
  try {
    const { sagas } = await get<{ sagas: readonly Row[] }>('/api/sagas', query, signal)
    return sagas.at(-1)?.created_at ?? null
  } catch {
    return null
  }
}

interface Other {
  readonly of: VersionName | { readonly machine: string; readonly version: undefined }
  readonly words: string
  readonly sagas: number
  readonly open: number
}

/** Where the sagas are that this chart does not count. */
function Others({ of }: { readonly of: VersionName }) {
  const others = scopes.value.flatMap(({ machine, versions, sagas, open }): readonly Other[] => {
    if (machine !== of.machine)
      return [
        {
          of: { machine, version: undefined },
          words: `${countedOf(sagas, 'saga')} of ${machine}`,
          sagas,
          open,
        },
      ]
    return versions
      .filter(({ version, sagas }) => version !== of.version && sagas > 0)
      .map(({ version, sagas, open }) => ({
        of: { machine, version },
        words: `${countedOf(sagas, 'saga')} on version ${version}`,
        sagas,
        open,
      }))
  })
  if (others.length === 0) return null
  return (
    <span class="summary-soft">
      {'also '}
      {others.map(({ of, words, sagas, open }, index) => (
        <span key={words}>
          {index > 0 && ', '}
          <a href={hrefOf({ ...of, state: undefined })}>{words}</a>
          {open > 0 && ` (${numberOf(open)} still open)`}
          {open === 0 && sagas > 0 && ' (all over)'}
        </span>
      ))}
    </span>
  )
}
