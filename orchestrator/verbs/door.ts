/**
 * What the door says to a verb: the event that goes into the inbox of the saga, or why none does. It is told by the
 * saga as it is stored and by its chart, so any orchestrator can say it that has the saga's version; one that does not
 * leaves it to the owner. The same for one saga over HTTP and for each of a bulk. Pure.
 */
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { StepDeclaration } from '../../machines/step.ts'
import { problem, type FieldError, type Problem } from '../../services/participant/problem.ts'
import { isEnd } from '../engine/status.ts'
import type { MigrateEvent, OperatorEvent, Verb, VerbEvent } from '../engine/verbs/operator-event.ts'
import {
  allowsVerb,
  possibleVerbs,
  verbLeadsTo,
  type PossibleVerb,
  type StandingSaga,
} from '../engine/verbs/possible.ts'
import type { Versions } from '../engine/versions.ts'
import type { SagaRecord } from '../store/saga-reader.ts'

/** A saga as it is stored, as far as the door looks at it. */
type StoredStanding = Pick<SagaRecord, 'sagaId' | 'machine' | 'version' | 'status' | 'state' | 'problem'> & {
  readonly snapshot: unknown
}

export interface VerbRequest {
  readonly actor: string
  readonly reason: string
  readonly step?: string
  readonly input?: unknown
  readonly output?: unknown
}

/** As callers are told of it. */
export interface PossibleView {
  readonly verb: Verb
  /** What it could be about, where that has to be said or may be changed. */
  readonly steps: readonly string[]
}

/** The event that goes into the inbox, or why none does. */
export type VerbVerdict =
  | { readonly event: OperatorEvent }
  /** `why` where it is for the state of the saga, not for what was asked. */
  | { readonly refusal: Problem & { readonly why?: string } }

type Refused = Problem & { readonly possible: readonly PossibleView[]; readonly why: string }

const FIELD_ERRORS_MAX = 20

/** What can be done with the saga where it is stored to stand. */
export function possibleNow(versions: Versions, saga: StoredStanding): PossibleView[] {
  return viewsOf(possibleVerbs(standingOf(versions, saga)))
}

export function judgeVerb(
  versions: Versions,
  saga: StoredStanding,
  verb: Verb,
  request: VerbRequest,
): VerbVerdict {
  const standing = standingOf(versions, saga)
  // The others are asked about only to name them: a bulk asks about ten thousand sagas.
  const refuse = (why: string) => ({ refusal: refused(saga, possibleVerbs(standing), why) })
  if (standing.machine === undefined && !standing.hasEnded) {
    if (!bringsData(request)) return { event: eventOf(verb, request, request.step) }
    const version = `version ${saga.version} of ${saga.machine}`
    return refuse(`${version} is not known here, so nobody here can check what you send with it`)
  }
  const [found] = possibleVerbs(standing, [verb])
  if (found === undefined) return refuse(`it can not be told to ${verb} there`)
  const meant = meantStep(found, standing, request)
  if ('errors' in meant) return { refusal: badRequest(meant.errors) }
  const errors = dataErrors(verb, meant.declaration, request)
  if (errors.length > 0) return { refusal: badRequest(errors) }
  const event = eventOf(verb, request, meant.declaration?.step ?? request.step)
  if (allowsVerb(standing, event)) return { event }
  return refuse(`its chart does not go anywhere by a ${verb} with what you sent`)
}

export interface Trial {
  readonly possible: boolean
  readonly why: string | null
  /** Where it would stand, as far as anybody can say before it is done. */
  readonly state: string | null
}

/** Where the verb would lead, or why nowhere; or what is wrong with what it brings. Nothing is done. */
export function tryVerb(
  versions: Versions,
  saga: StoredStanding,
  verb: Verb,
  request: VerbRequest,
): { readonly trial: Trial } | { readonly refusal: Problem } {
  const verdict = judgeVerb(versions, saga, verb, request)
  if ('refusal' in verdict) {
    const { refusal } = verdict
    if (refusal.why === undefined) return { refusal }
    return { trial: { possible: false, why: refusal.why, state: null } }
  }
  const state = verbLeadsTo(standingOf(versions, saga), verdict.event as VerbEvent)
  return { trial: { possible: true, why: null, state: state ?? null } }
}

/** By the time the verb came, the saga stood where it does not allow it. */
export function verbTooLate(versions: Versions, saga: StoredStanding, verb: Verb): Problem {
  const possible = possibleVerbs(standingOf(versions, saga))
  const why = `it could not be told to ${verb} where it stood when that came`
  return refused(saga, possible, saga.problem === null ? why : `what the engine parked it for is still there`)
}

export function judgeMigration(
  versions: Versions,
  saga: StoredStanding,
  { actor, reason, to }: Omit<MigrateEvent, 'type' | 'from'>,
): VerbVerdict {
  const { why } = tryMigration(versions, saga, to)
  if (why !== null) return { refusal: notMoved(saga, why) }
  return { event: { type: 'skald.migrate', actor, reason, from: saga.version, to } }
}

export function tryMigration(versions: Versions, saga: StoredStanding, to: string): Trial {
  if (isEnd(saga.status)) return { possible: false, why: 'it has ended', state: null }
  const migration = versions.migrate(saga.snapshot, saga, to)
  return migration.kind === 'moved'
    ? { possible: true, why: null, state: migration.to.state }
    : { possible: false, why: migration.why, state: null }
}

export function migrationTooLate(versions: Versions, saga: StoredStanding, to: string): Problem {
  const { why } = tryMigration(versions, saga, to)
  return notMoved(saga, why ?? 'it could not be moved where it stood when that came, or by who drives it')
}

function notMoved(
  { sagaId, version, state }: StoredStanding,
  why: string,
): Problem & { readonly why: string } {
  const detail = `Saga ${sagaId} (${state}, version ${version}) stays: ${why}.`
  return { ...problem(409, 'migration_refusee', detail), why }
}

function standingOf(versions: Versions, saga: StoredStanding): StandingSaga {
  const { snapshot, problem } = saga
  return { machine: versions.find(saga), snapshot, problem, hasEnded: isEnd(saga.status) }
}

const bringsData = ({ input, output }: VerbRequest) => input !== undefined || output !== undefined

/** Named for the step that it is about, so that it can't be about another one when the saga has gone on meanwhile. */
function eventOf(verb: Verb, request: VerbRequest, step: string | undefined): VerbEvent {
  const { actor, reason, input, output } = request
  return {
    type: `skald.${verb}`,
    actor,
    reason,
    ...(step !== undefined && { step }),
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
  }
}

type Meant = { readonly declaration: StepDeclaration | undefined } | { readonly errors: FieldError[] }

function meantStep(
  { verb, steps }: PossibleVerb,
  standing: StandingSaga,
  { step, input }: VerbRequest,
): Meant {
  const isAbout = verb === 'skip' || verb === 'complete' || input !== undefined
  if (!isAbout && step === undefined) return { declaration: undefined }
  const there = isAbout ? steps : possibleVerbs(standing).flatMap(({ steps: some }) => some)
  const names = [...new Set(there.map((declaration) => declaration.step))]
  if (isAbout && names.length === 0)
    return {
      errors: [{ field: 'input', message: 'can not be corrected: no step that it would call takes another' }],
    }
  if (step !== undefined && !names.includes(step)) {
    const message = names.length === 0 ? 'is none that this could be about' : `must be ${names.join(' or ')}`
    return { errors: [{ field: 'step', message }] }
  }
  if (!isAbout) return { declaration: undefined }
  const meant = steps.filter((declaration) => step === undefined || declaration.step === step)
  if (meant.length === 1) return { declaration: meant[0] }
  return { errors: [{ field: 'step', message: `is required, for there are several: ${names.join(', ')}` }] }
}

/** As a reply of the participant would have to fit, or the input that a correction of the step allows. */
function dataErrors(
  verb: Verb,
  declaration: StepDeclaration | undefined,
  { input, output }: VerbRequest,
): FieldError[] {
  if (declaration === undefined) return []
  if (verb === 'retry') return misfits('input', declaration.correction, input)
  return misfits('output', declaration.reply, output)
}

function misfits(field: string, schema: TSchema | undefined, value: unknown): FieldError[] {
  if (schema === undefined || Value.Check(schema, value)) return []
  if (value === undefined) return [{ field, message: 'is required' }]
  return [...Value.Errors(schema, value)]
    .slice(0, FIELD_ERRORS_MAX)
    .map(({ instancePath, message }) => ({ field: `${field}${instancePath}`, message }))
}

function badRequest(errors: FieldError[]): Problem {
  const told = errors.map(({ field, message }) => `${field} ${message}`).join('; ')
  return problem(400, 'requete_invalide', `${told}.`, errors)
}

function refused(saga: StoredStanding, possible: readonly PossibleVerb[], why: string): Refused {
  const { sagaId, status, state } = saga
  const parkedFor = saga.problem === null ? '' : ` by the engine (${saga.problem.message})`
  const isOver = isEnd(status)
  const detail = isOver
    ? `Saga ${sagaId} has ended: nothing can be done with it any more.`
    : `Saga ${sagaId} is ${status}${parkedFor} at ${state || 'no state'}: ${why}; possible: ${inWords(possible)}.`
  return {
    ...problem(409, 'verbe_refuse', detail),
    possible: viewsOf(possible),
    why: isOver ? 'it has ended' : why,
  }
}

const viewsOf = (possible: readonly PossibleVerb[]): PossibleView[] =>
  possible.map(({ verb, steps }) => ({ verb, steps: steps.map(({ step }) => step) }))

const inWords = (possible: readonly PossibleVerb[]) =>
  viewsOf(possible)
    .map(({ verb, steps }) => (steps.length === 0 ? verb : `${verb} (${steps.join(', ')})`))
    .join(', ')
