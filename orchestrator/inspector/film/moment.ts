/** One transition, opened: the event, what the saga noted behind it, and what changed of that. */
import { setImmediate } from 'node:timers/promises'
import { changesBetween } from '../../engine/replay/changes.ts'
import { contextIn } from '../../engine/replay/nested.ts'
import type { Shown } from '../../redact/shown.ts'
import type { FilmedSaga, FilmMoment, SagaFilm } from '../../store/saga-film.ts'

/** A page shows no more of one member; more is told by its size. */
const MEMBER_BYTES_MAX = 256 * 1_024
/** Of a changed value: there may be fifty of them. */
const VALUE_LENGTH_MAX = 8 * 1_024
/** Snapshots that are read to compare them; comparing holds up everybody for as long as it takes. */
const COMPARED_BYTES_MAX = 16 * 1_048_576

export interface OpenedMoment {
  readonly seq: number
  readonly at: string
  readonly actor: string | null
  readonly state: string
  readonly event: unknown
  readonly context: unknown
  readonly snapshot: unknown
  /** In the context of the machine that processed the event, against the moment before. */
  readonly changes: readonly ShownChange[]
  /** Bytes of what is null because it is too large to be shown. */
  readonly cut: {
    readonly event: number | null
    readonly context: number | null
    readonly snapshot: number | null
    /** Set where the snapshots were too large to be compared. */
    readonly changes: number | null
  }
}

interface ShownChange {
  readonly path: string
  /** Undefined where there was nothing; null too where it is too large to be shown. */
  readonly before: unknown
  readonly after: unknown
  /** Characters of what is too large to be shown. */
  readonly cut?: { readonly before: number | null; readonly after: number | null }
}

export interface MeantMoment {
  readonly saga: FilmedSaga
  readonly seq: number
  /** What may be seen of it. */
  readonly shown: Shown
}

export async function momentOf(
  film: SagaFilm,
  { saga, seq, shown }: MeantMoment,
): Promise<OpenedMoment | undefined> {
  const found = await film.moments(saga, [seq - 1, seq], COMPARED_BYTES_MAX)
  const one = found.find((row) => row.seq === seq)
  if (one === undefined) return undefined
  if (shown.isOn) for (const row of found) learn(shown, row)
  const { changes, isTooLarge } = await changesTo(
    one,
    found.find((row) => row.seq === seq - 1),
  )
  const { at, actor, state, bytes } = one
  const [event, context, snapshot] = [part(one, 'event'), part(one, 'context'), part(one, 'snapshot')]
  return {
    seq,
    at: new Date(at).toISOString(),
    actor,
    state,
    event: shown.event(event.value),
    context: shown.data(context.value),
    snapshot: shown.snapshot(snapshot.value),
    changes: changes.map((change) => shownChange(shown.change(change))),
    cut: {
      event: event.cut,
      context: context.cut,
      snapshot: snapshot.cut,
      changes: isTooLarge ? bytes.snapshot : null,
    },
  }
}

/** What it is about is kept out of sight in each of its parts. */
function learn(shown: Shown, { event, context, snapshot }: FilmMoment): void {
  shown.learnRow({ event: parsed(event), snapshot: parsed(snapshot) }).learn(parsed(context))
}

const parsed = (text: string | null) => (text === null ? null : (JSON.parse(text) as unknown))

function part(moment: FilmMoment, name: 'event' | 'context' | 'snapshot') {
  const text = moment[name]
  const bytes = moment.bytes[name]
  if (text === null || bytes > MEMBER_BYTES_MAX) return { value: null, cut: bytes > 0 ? bytes : null }
  return { value: JSON.parse(text) as unknown, cut: null }
}

async function changesTo(one: FilmMoment, before: FilmMoment | undefined) {
  const own = await contextOf(one, one.actor)
  const other = before === undefined ? {} : await contextOf(before, one.actor)
  if (own === undefined || other === undefined) return { changes: [], isTooLarge: true }
  return { changes: changesBetween(other, own), isTooLarge: false }
}

/** Undefined of one that is too large to be read here. Others have their turn before it. */
async function contextOf(moment: FilmMoment, actor: string | null): Promise<unknown> {
  await setImmediate()
  if (actor !== null) {
    return moment.snapshot === null ? undefined : contextIn(JSON.parse(moment.snapshot), actor)
  }
  if (moment.context === null) return moment.bytes.context === 0 ? {} : undefined
  return JSON.parse(moment.context) ?? {}
}

function shownChange(change: { path: string; before: unknown; after: unknown }): ShownChange {
  const [before, after] = [valueOf(change.before), valueOf(change.after)]
  const isCut = before.cut !== null || after.cut !== null
  return {
    path: change.path.slice(0, VALUE_LENGTH_MAX),
    before: before.value,
    after: after.value,
    ...(isCut && { cut: { before: before.cut, after: after.cut } }),
  }
}

function valueOf(value: unknown): { readonly value: unknown; readonly cut: number | null } {
  const length = (JSON.stringify(value) ?? '').length
  return length <= VALUE_LENGTH_MAX ? { value, cut: null } : { value: null, cut: length }
}
