/** What a request says about the saga it belongs to: Idempotency-Key and X-Correlation-Id. */
import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { FastifyRequest } from 'fastify'

export type Direction = 'do' | 'undo'

/** A request that changes something, as the barrier sees it. */
export type Call = {
  /** Null when a person calls without naming a saga. */
  correlationId: string | null
  /** Null without an Idempotency-Key: there is no barrier then, and every call is a first one. */
  step: { sagaId: string; name: string } | null
  /** Equal for equal requests, whatever the order of the fields in their bodies. */
  fingerprint: string
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const STEP = '[A-Za-z0-9_.-]{1,64}'
const KEY = {
  do: new RegExp(`^(${UUID}):(${STEP})$`, 'i'),
  undo: new RegExp(`^(${UUID}):(${STEP}):undo$`, 'i'),
} as const
const KEY_FORM = {
  do: '<saga_id>:<step>',
  undo: '<saga_id>:<step>:undo',
} as const
const CORRELATION_ID = /^[A-Za-z0-9_.:-]{1,128}$/

/** Throws a 400 that names the header when one has the wrong form, or when the two disagree. */
export function readCall(request: FastifyRequest, direction: Direction): Call {
  const step = readStep(request, direction)
  const correlationId = readCorrelationId(request)
  if (step && correlationId !== null && correlationId !== step.sagaId) {
    throw wrongHeader(request, 'X-Correlation-Id', 'must be the saga_id that Idempotency-Key begins with')
  }
  return { correlationId: step?.sagaId ?? correlationId, step, fingerprint: fingerprintOf(request) }
}

function readStep(request: FastifyRequest, direction: Direction): Call['step'] {
  const key = request.headers['idempotency-key']
  if (key === undefined) return null
  const [, sagaId, name] = KEY[direction].exec(String(key)) ?? []
  if (sagaId === undefined || name === undefined) {
    const form = `must be ${KEY_FORM[direction]}, with a uuid and at most 64 letters, digits and _ . -`
    throw wrongHeader(request, 'Idempotency-Key', form)
  }
  return { sagaId: sagaId.toLowerCase(), name }
}

function readCorrelationId(request: FastifyRequest): string | null {
  const text = request.headers['x-correlation-id']
  if (text === undefined) return null
  if (typeof text !== 'string' || !CORRELATION_ID.test(text)) {
    throw wrongHeader(request, 'X-Correlation-Id', 'must be a saga_id')
  }
  // A saga has one name, however its uuid was written.
  return text.toLowerCase()
}

function wrongHeader(request: FastifyRequest, field: string, message: string): Error {
  return request.server.httpErrors.createError(400, `${field} ${message}.`, {
    code: 'en_tete_invalide',
    errors: [{ field, message }],
  })
}

function fingerprintOf(request: FastifyRequest): string {
  const url = request.url.replace(/\/(?=\?|$)/, '')
  return createHash('sha256')
    .update(`${request.method} ${url}\n${canonicalBody(request)}`)
    .digest('hex')
}

/** Where no schema asks for a body one may come all the same, with half of a character in it, or nested without end. */
function canonicalBody({ body, server }: FastifyRequest): string {
  try {
    return canonicalize(body) ?? ''
  } catch {
    const detail = 'The body is no text that can be compared with another: send none, or plain JSON.'
    throw server.httpErrors.createError(400, detail, { code: 'json_invalide' })
  }
}
