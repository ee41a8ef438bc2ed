/** What a caller is told of an event that its saga does not take. Pure. */
import type { AnyStateMachine } from 'xstate'
import { problem, type Problem } from '../../services/participant/problem.ts'
import { acceptedEvents, acceptsEvent, isInternalEvent, knowsEvent } from '../engine/accepted-events.ts'
import { isEnd } from '../engine/status.ts'
import type { SagaRecord } from '../store/saga-reader.ts'

type Refusal = Problem & {
  /** Types of the events that the saga accepts where it stands; missing if nobody here can tell. */
  readonly accepts?: readonly string[]
}

export function unknownSaga(sagaId: string): Problem {
  return problem(404, 'saga_inconnue', `There is no saga ${sagaId}.`)
}

/** Of a page that begins where none ended. */
export function notACursor(): Problem {
  const message = 'is not a next_cursor of this list'
  return problem(400, 'requete_invalide', `cursor ${message}.`, [{ field: 'cursor', message }])
}

function endedSaga(sagaId: string): Refusal {
  const detail = `Saga ${sagaId} has ended, and takes no events any more.`
  return { ...problem(409, 'evenement_refuse', detail), accepts: [] }
}

/**
 * Why the saga can't take an event of this type where it stands; undefined if it may. Without its machine
 * (`undefined`: a version that is not known here) that is for its owner to say.
 */
export function refusalOf(
  saga: SagaRecord,
  machine: AnyStateMachine | undefined,
  type: string,
): Refusal | undefined {
  if (isEnd(saga.status)) return endedSaga(saga.sagaId)
  if (isInternalEvent(type)) {
    const detail = `Events named xstate.… are XState's own, and nobody else's to send${orRather(saga, machine)}.`
    return withAccepted(problem(400, 'evenement_inconnu', detail), saga, machine)
  }
  if (machine === undefined || acceptsEvent(machine, saga.snapshot, type)) return undefined
  if (knowsEvent(machine, type)) return notNow(saga, machine, type)
  const known = `Machine ${saga.machine} (version ${saga.version}) knows no event ${type}`
  const detail = `${known}${orRather(saga, machine)}.`
  return withAccepted(problem(400, 'evenement_inconnu', detail), saga, machine)
}

/** No state of the saga listens to it now. */
export function notNow(saga: SagaRecord, machine: AnyStateMachine | undefined, type: string): Refusal {
  if (isEnd(saga.status)) return endedSaga(saga.sagaId)
  const stands = `Saga ${saga.sagaId} is ${saga.status} (${saga.state}), and takes no ${type} there`
  const detail = `${stands}${orRather(saga, machine)}.`
  return withAccepted(problem(409, 'evenement_refuse', detail), saga, machine)
}

function orRather(saga: SagaRecord, machine: AnyStateMachine | undefined): string {
  if (machine === undefined) return ''
  const accepted = acceptedEvents(machine, saga.snapshot)
  return `; where it stands the saga accepts ${accepted.length === 0 ? 'none' : accepted.join(', ')}`
}

function withAccepted(answer: Problem, saga: SagaRecord, machine: AnyStateMachine | undefined): Refusal {
  return machine === undefined ? answer : { ...answer, accepts: acceptedEvents(machine, saga.snapshot) }
}
