/**
 * Every error answer of a participant: a problem document (RFC 9457) with a stable code.
 *
 * Foreign errors (Fastify, ajv, pg) are mapped here, once. What is not foreseen answers 500 without
 * telling its reason to the caller, and is logged.
 */
import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify'
import { isConnectionTrouble } from '../../migrations/database.ts'
import { correlationOf } from './traceparent.ts'
import { isConflict } from './transaction.ts'

export type FieldError = { field: string; message: string }

export type Problem = {
  type: 'about:blank'
  title: string
  status: number
  /** For people; may change. */
  detail: string
  /** Stable: callers match on it. */
  code: string
  errors?: FieldError[]
}

const FIELD_ERRORS_MAX = 20

export function problem(status: number, code: string, detail: string, errors?: FieldError[]): Problem {
  const title = STATUS_CODES[status] ?? 'Error'
  return { type: 'about:blank', title, status, detail, code, ...(errors && { errors }) }
}

export function sendProblem(reply: FastifyReply, answer: Problem): FastifyReply {
  if (answer.status === 503) reply.header('retry-after', '1')
  return reply.code(answer.status).type('application/problem+json').send(answer)
}

export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answer = problemOf(error, request)
  if (answer.status >= 500) {
    const { code, detail } = answer
    request.log.error({ err: error, code, ...correlationOf(request.headers) }, detail)
  }
  return sendProblem(reply, answer)
}

export function answerUnknownRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split('?', 1)[0]
  return sendProblem(reply, problem(404, 'route_inconnue', `There is no ${request.method} ${path} here.`))
}

function problemOf(error: FastifyError, request: FastifyRequest): Problem {
  if (error.validation) return problemOfValidation(error.validation, error.validationContext, request)
  if (isConnectionTrouble(error)) {
    return problem(503, 'base_injoignable', 'The database cannot be reached at the moment; try again.')
  }
  if (isConflict(error)) {
    return problem(503, 'base_occupee', 'Too many calls change the same rows at once; try again.')
  }
  if (TAKES_NO_WRITES.test(error.code)) {
    return problem(503, 'base_injoignable', 'The database takes no writes at the moment; try again.')
  }
  const foreseen = FASTIFY_ERRORS.get(error.code)
  if (foreseen) return foreseen
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const kibibytes = request.routeOptions.bodyLimit / 1024
    return problem(413, 'corps_trop_grand', `The body is larger than ${kibibytes} KiB.`)
  }
  const status = error.statusCode ?? 500
  if (status < 400 || status > 499) {
    return problem(500, 'erreur_interne', 'Something went wrong here; the log of the service tells what.')
  }
  const known = isHttpError(error)
  return problem(
    status,
    known ? error.code : 'requete_invalide',
    error.message,
    known ? error.errors : undefined,
  )
}

/** Made by httpErrors of @fastify/sensible with our own code; Fastify's own codes begin with FST_. */
function isHttpError(error: FastifyError): error is FastifyError & { errors?: FieldError[] } {
  return error.name.endsWith('Error') && typeof error.code === 'string' && !error.code.startsWith('FST_')
}

/** It is read-only, say in a failover, or out of disk or memory: nothing was written. */
const TAKES_NO_WRITES = /^(25006|53\w{3})$/

const FASTIFY_ERRORS = new Map([
  [
    'FST_ERR_BAD_URL',
    problem(400, 'adresse_invalide', 'The address is not percent-encoded as it should be.'),
  ],
  ['FST_ERR_MAX_PARAM_LENGTH', problem(414, 'adresse_invalide', 'A part of the address is too long.')],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', problem(400, 'corps_vide', 'The body is empty; send a JSON object.')],
  ['FST_ERR_CTP_INVALID_JSON_BODY', problem(400, 'json_invalide', 'The body is not valid JSON.')],
  [
    'FST_ERR_CTP_INVALID_MEDIA_TYPE',
    problem(415, 'type_non_supporte', 'The body must be JSON; send it with Content-Type: application/json.'),
  ],
])

function problemOfValidation(
  failures: FastifySchemaValidationError[],
  context: string | undefined,
  request: FastifyRequest,
): Problem {
  if (context === 'body' && (request.body === undefined || request.body === null)) {
    return problem(400, 'corps_vide', 'The body is empty; send a JSON object.')
  }
  const errors = failures.slice(0, FIELD_ERRORS_MAX).map(fieldErrorOf)
  const rest = failures.length - errors.length
  const told = errors.map(({ field, message }) => `${field} ${message}`).join('; ')
  return problem(400, 'requete_invalide', `${told}${rest > 0 ? `; and ${rest} more` : ''}.`, errors)
}

function fieldErrorOf(failure: FastifySchemaValidationError): FieldError {
  const { instancePath, keyword, params, message = 'is not valid' } = failure
  const at = (name: unknown) => `${instancePath}/${String(name)}`.slice(1)
  switch (keyword) {
    case 'required':
      return { field: at(params['missingProperty']), message: 'is required' }
    case 'additionalProperties':
      return { field: at(params['additionalProperty']), message: 'is not a field of this request' }
    case 'pattern':
      return { field: instancePath.slice(1), message: `must be ${describedBy(failure) ?? 'of another form'}` }
    default:
      return { field: instancePath.slice(1) || 'body', message }
  }
}

/** ajv adds the schema that failed when it runs with `verbose`. */
function describedBy(failure: FastifySchemaValidationError & { parentSchema?: unknown }): string | undefined {
  const schema = failure.parentSchema
  if (typeof schema !== 'object' || schema === null || !('description' in schema)) return undefined
  return String(schema.description)
}
