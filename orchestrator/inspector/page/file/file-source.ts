/**
 * The saga of an exported file, as the view of a saga reads it. Nothing of it leaves the browser but its chart, and that
 * only where the chart is none that can be drawn here.
 */
import { changesBetween } from '../../../engine/replay/changes.ts'
import { viewOf } from '../../../api/saga-view.ts'
import { journalLines } from '../../../story/journal-lines.ts'
import { ApiError } from '../api.ts'
import type { Moment, SagaSource, ServiceEvents } from '../saga/source.ts'
import type { DrawnChart, OpenSaga } from '../types.ts'
import type { SagaFile } from './saga-file.ts'

/** As the server does: more is not shown, but saved. */
const SHOWN_BYTES_MAX = 256 * 1_024

export function fileSource(file: SagaFile): SagaSource {
  const rows = file.transitions.toSorted((a, b) => a.seq - b.seq)
  const lines = journalLines(rows, file.saga.version)
  let drawn: Promise<DrawnChart> | undefined
  return {
    kind: 'file',
    asOf: Date.parse(file.exported_at),
    saga: async () => sagaOf(file, rows.at(-1)),
    async *lines(fromSeq) {
      yield lines.filter(({ seq }) => seq >= fromSeq)
    },
    async chart({ version }) {
      const { definition } = file
      if (definition === null || definition.version !== version) throw unknownVersion(version)
      // What draws is not needed by who never opens a file.
      drawn ??= import('./draw.ts').then(async ({ draw }) => draw(definition))
      return drawn
    },
    async moment(seq) {
      const index = rows.findIndex((row) => row.seq === seq)
      const row = rows[index]
      if (row === undefined) throw unknownMoment(seq)
      return momentOf(row, rows[index - 1])
    },
    snapshotUrl: async (seq) => urlOf(rows.find((row) => row.seq === seq)?.snapshot ?? null),
    events: async () => file.events,
    // Each part is checked by who shows it.
    serviceEvents: async () => file.service_events as ServiceEvents | null,
    exportUrl: null,
    replay: null,
  }
}

type Row = SagaFile['transitions'][number]

function sagaOf({ saga }: SagaFile, last: Row | undefined): OpenSaga {
  const [trouble, problem] = [saga.trouble, saga.problem].map((value) =>
    typeof value === 'object' ? value : null,
  ) as [Trouble, Problem]
  const view = viewOf({
    sagaId: saga.saga_id,
    machine: saga.machine,
    version: saga.version,
    businessKey: saga.business_key,
    trace: typeof saga.trace === 'string' ? saga.trace : null,
    status: saga.status,
    state: saga.state,
    seq: saga.seq,
    input: saga.input,
    problem,
    step: saga.step,
    trouble,
    errorCode: problem?.code ?? trouble?.failing?.code ?? trouble?.cause?.code ?? null,
    snapshot: Object(last?.snapshot) as StoredSaga['snapshot'],
    createdAt: new Date(saga.created_at),
    updatedAt: new Date(saga.updated_at),
  })
  return { ...view, verbs: [] }
}

type StoredSaga = Parameters<typeof viewOf>[0]
type Trouble = StoredSaga['trouble']
type Problem = StoredSaga['problem']

function momentOf({ seq, at, actor, event, state, snapshot }: Row, before: Row | undefined): Moment {
  const shown = { context: contextOf(snapshot), snapshot, event }
  const told = Object.entries(shown).map(([name, value]) => [name, shownOf(value)] as const)
  const part = (what: 'value' | 'cut') => Object.fromEntries(told.map(([name, one]) => [name, one[what]]))
  return {
    seq,
    at,
    actor,
    state,
    ...(part('value') as Pick<Moment, 'context' | 'snapshot' | 'event'>),
    ...changesIn(contextOf(before?.snapshot), shown.context, part('cut') as Omit<Moment['cut'], 'changes'>),
  }
}

const contextOf = (snapshot: unknown) => (Object(snapshot) as { context?: unknown }).context ?? null

/** The value, or its bytes if it is too long to be shown. Whoever made the file up may have nested it without an end. */
function shownOf(value: unknown): { readonly value: unknown; readonly cut: number | null } {
  if (isDeeper(value, DEPTH_MAX)) return { value: '(nested too deep to be shown)', cut: null }
  const bytes = new TextEncoder().encode(JSON.stringify(value) ?? '').byteLength
  return bytes > SHOWN_BYTES_MAX ? { value: null, cut: bytes } : { value, cut: null }
}

const DEPTH_MAX = 200

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth === 0 || Object.values(value).some((member) => isDeeper(member, depth - 1))
}

function changesIn(
  before: unknown,
  after: unknown,
  cut: Omit<Moment['cut'], 'changes'>,
): Pick<Moment, 'changes' | 'cut'> {
  const isTooDeep = isDeeper(before, DEPTH_MAX) || isDeeper(after, DEPTH_MAX)
  return isTooDeep
    ? { changes: [], cut: { ...cut, changes: 0 } }
    : { changes: changesBetween(before, after), cut: { ...cut, changes: null } }
}

let lastUrl = ''

/** One at a time is kept: a page that stays open for days would keep them all. */
function urlOf(value: unknown): string {
  if (lastUrl !== '') URL.revokeObjectURL(lastUrl)
  const text = isDeeper(value, DEPTH_MAX) ? '' : JSON.stringify(value)
  lastUrl = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  return lastUrl
}

function unknownVersion(version: string): ApiError {
  const detail = `The file has no chart of version ${version}.`
  return new ApiError(404, { detail, code: 'machine_inconnue' })
}

const unknownMoment = (seq: number) =>
  new ApiError(404, { detail: `The file has no transition ${seq}.`, code: 'transition_inconnue' })
