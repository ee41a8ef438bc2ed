/** Events for sagas, from outside: those that their charts listen to. What an operator does has routes of its own. */
import { Type } from 'typebox'
import type { AnyEventObject } from 'xstate'
import { Uuid } from '../../services/participant/fields.ts'
import type { HttpServer } from '../../services/participant/http-server.ts'
import { problem, sendProblem, type Problem as ProblemDocument } from '../../services/participant/problem.ts'
import { isOperatorsType, VERBS } from '../engine/verbs/operator-event.ts'
import type { Versions } from '../engine/versions.ts'
import type { ApiOptions } from './options.ts'
import { notNow, refusalOf } from './refusals.ts'
import { EventHeaders, Problem, SagaView, SentEvent, StillRunning } from './schemas.ts'
import type { Sender, Sending } from './sender.ts'
import { BODY_BYTES_MAX, faultOf } from './sent-body.ts'

const config = { access: ['start'] } as const
const params = Type.Object({ saga_id: Uuid })
const response = { 200: SagaView, 202: StillRunning, '4xx': Problem, '5xx': Problem }

export function eventRoutes(app: HttpServer, { versions }: ApiOptions, sender: Sender): void {
  const headers = EventHeaders
  const schema = { summary: 'Sends it an event', tags: ['sagas'], params, headers, body: SentEvent, response }
  const path = '/api/sagas/:saga_id/events'
  app.post(path, { schema, config, bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    const refusal = eventFault(request.body)
    if (refusal !== undefined) return sendProblem(reply, refusal)
    return sender.send(sendingOf(request.body, versions), request, reply)
  })
}

function eventFault(event: AnyEventObject): ProblemDocument | undefined {
  const fault = faultOf(event)
  if (fault !== undefined) {
    return problem(400, 'requete_invalide', `The event ${fault}.`, [{ field: 'body', message: fault }])
  }
  if (!isOperatorsType(event.type)) return undefined
  const message = `must not begin with skald.: what an operator does is sent to /api/sagas/{saga_id}/${VERBS.join(', …/')} or …/migrate`
  return problem(400, 'requete_invalide', `type ${message}.`, [{ field: 'type', message }])
}

function sendingOf(event: AnyEventObject, versions: Versions): Sending {
  return {
    name: event.type,
    content: event,
    judge(saga) {
      const refusal = refusalOf(saga, versions.find(saga)?.source, event.type)
      return refusal === undefined ? { event } : { refusal }
    },
    tooLate: (saga) => notNow(saga, versions.find(saga)?.source, event.type),
  }
}
