/**
 * A saga as a file: all that was ever written down of it, and what its machine looked like. A bug report, a line of an
 * archive, what `skald replay`, `skald verify` and the inspector read.
 */
import { Type, type Static } from 'typebox'
import { SAGA_STATUSES } from '../engine/ports.ts'
import type { JournalRow } from '../engine/replay/journal-row.ts'

/** The number rises when a reader of this one could misunderstand a file; members that are new do not count. */
const SAGA_FILE_VERSION = 1
const FORMAT_NAME = 'skald-saga/'
export const SAGA_FILE_FORMAT = `${FORMAT_NAME}${SAGA_FILE_VERSION}` as const

const Instant = Type.String({ format: 'date-time', description: 'As in 2026-01-31T12:00:00.000Z.' })
const Seq = Type.Integer({ minimum: 0 })
const Nullable = Type.Union([Type.String(), Type.Null()])
const EventObject = Type.Object({ type: Type.String() }, { additionalProperties: true })

export const SagaFileSchema = Type.Object(
  {
    format: Type.Literal(SAGA_FILE_FORMAT),
    exported_at: Instant,
    redacted: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Names of members that were put out of sight, wherever they were; missing if none were.',
      }),
    ),
    saga: Type.Object({
      saga_id: Type.String({ format: 'uuid' }),
      machine: Type.String(),
      version: Type.String(),
      status: Type.Enum([...SAGA_STATUSES]),
      state: Type.String(),
      step: Nullable,
      seq: Seq,
      business_key: Nullable,
      trace: Type.Optional(
        Type.Union([Type.String(), Type.Null()], {
          description:
            'The trace context of the call that started it, as traceparent or traceparent;tracestate; null without one.',
        }),
      ),
      input: Type.Unknown(),
      problem: Type.Unknown({ description: 'Why the engine parked it; null if it did not.' }),
      trouble: Type.Unknown({ description: 'What went wrong with its steps; null if nothing did.' }),
      created_at: Instant,
      updated_at: Instant,
    }),
    definition: Type.Union(
      [
        Type.Object({
          id: Type.String(),
          version: Type.String(),
          hash: Type.String(),
          config: Type.Unknown({ description: 'The chart; a function is its source.' }),
          implementations: Type.Optional(Type.Unknown()),
        }),
        Type.Null(),
      ],
      { description: 'Null where whoever exported it does not have the version, or was asked not to.' },
    ),
    transitions: Type.Array(
      Type.Object({
        seq: Seq,
        actor: Nullable,
        event: EventObject,
        timer: Nullable,
        at: Instant,
        state: Type.String(),
        snapshot: Type.Unknown(),
      }),
      { description: 'The journal, oldest first.' },
    ),
    events: Type.Array(
      Type.Object({ seq: Seq, type: Type.String(), payload: Type.Unknown(), created_at: Instant }),
      { description: 'What it told the business, oldest first.' },
    ),
    service_events: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()], {
      description: 'What each participant noted of it, or {error}; null where nobody was asked.',
    }),
  },
  { description: 'One saga, whole.' },
)

export type SagaFile = Static<typeof SagaFileSchema>

/** One line of an archive. JSON has no line breaks but those that somebody put between its members. */
export function toLine(file: SagaFile): string {
  return `${JSON.stringify(file)}\n`
}

/** As replay reads it. */
export function journalOf({ transitions }: Pick<SagaFile, 'transitions'>): JournalRow[] {
  return transitions.map((row) => ({ ...row, at: Date.parse(row.at) }))
}

/** What a text that calls itself so is not; undefined if it is a saga of this format. */
export function misnamed(value: unknown): string | undefined {
  const { format } = Object(value) as { format?: unknown }
  if (format === SAGA_FILE_FORMAT) return undefined
  if (typeof format !== 'string' || !format.startsWith(FORMAT_NAME)) {
    return 'is no saga that Skald exported'
  }
  const isNewer = Number(format.slice(FORMAT_NAME.length)) > SAGA_FILE_VERSION
  return `has the format ${format}${isNewer ? ' of a newer Skald' : ''}; this one reads ${SAGA_FILE_FORMAT}`
}
