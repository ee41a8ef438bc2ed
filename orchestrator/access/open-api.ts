/** Who may call what, as the OpenAPI document tells it. Pure. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { FastifySchema } from 'fastify'
import { Problem } from '../api/schemas.ts'

export const SCHEMES = {
  token: {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of `skald token create`, or a JWT of the issuer that is configured.',
  },
} as const

type Transform = NonNullable<FastifyDynamicSwaggerOptions['transform']>

/** Adds to what a route tells of itself. */
export const withAccess: Transform = ({ schema, url, route }) => {
  const { access, namesActor } = route.config ?? {}
  if (access === undefined || access === 'public') return { schema, url }
  const refusals = {
    401: told('There is no token, or it does not hold.'),
    403: told(`The token has not the role that it takes: ${access.join(' or ')}.`),
    429: told('The token calls more often than it may: Retry-After tells when to come again.'),
  }
  const response = { ...Object(schema.response), ...refusals }
  const body = namesActor === true ? withoutActor(schema.body) : schema.body
  const whole: FastifySchema = { ...schema, security: [{ token: [] }], response }
  return { schema: body === undefined ? whole : { ...whole, body }, url }
}

const told = (description: string) => ({ ...Problem, description })

/** Who it is by is known from the token. */
function withoutActor(body: unknown): unknown {
  const schema: { required?: readonly string[] } = Object(body)
  return { ...schema, required: schema.required?.filter((name) => name !== 'actor') }
}
