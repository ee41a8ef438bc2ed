// What the gateway answers of its own: problem documents of RFC 9457, as the processes behind it do.
import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest, RawServerBase, RouteGenericInterface } from 'fastify'

/** The proxy plugin hands out requests and replies of HTTP/1 and HTTP/2 alike. */
export type Reply = FastifyReply<RouteGenericInterface, RawServerBase>
export type Request = FastifyRequest<RouteGenericInterface, RawServerBase>

export function answerProblem(reply: Reply, status: number, code: string, detail: string): Reply {
  if (status === 503) void reply.header('retry-after', '1')
  const title = STATUS_CODES[status]
  return reply
    .code(status)
    .type('application/problem+json')
    .send({ type: 'about:blank', title, status, detail, code })
}

export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): Reply {
  const { statusCode: status = 500, message = '' } = Object(error)
  if (status === 413) return answerProblem(reply, 413, 'corps_trop_grand', 'The body is larger than 1 MiB.')
  if (status < 500) return answerProblem(reply, status, 'requete_invalide', message)
  request.log.error({ err: error }, 'the gateway failed')
  return answerProblem(
    reply,
    500,
    'erreur_interne',
    'Something went wrong in the gateway; its log tells what.',
  )
}
