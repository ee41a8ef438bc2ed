/**
 * The service events of a participant: what it was asked to do, and whether it did.
 *
 * They are written in the transaction of the business write (see barrier.ts), so an event is there
 * exactly when its effect is.
 */
import { sql } from 'kysely'
import { Type } from 'typebox'
import type { Participant } from './barrier.ts'
import { CorrelationId, IntegerText } from './fields.ts'
import type { ParticipantServer } from './server.ts'

type ServiceEvent = {
  action: string
  outcome: 'SUCCESS' | 'FAILURE'
  correlation_id: string | null
  detail: unknown
  created_at: Date
}

const LIMIT_MAX = 500
const LIMIT_DEFAULT = 100

/** `GET <path>?correlation_id&limit`: the newest first. */
export function serviceEventRoute<Database>(
  app: ParticipantServer,
  participant: Participant<Database>,
  path: string,
): void {
  const querystring = Type.Object(
    { correlation_id: Type.Optional(CorrelationId), limit: Type.Optional(IntegerText(1, LIMIT_MAX)) },
    { additionalProperties: false },
  )
  app.get(path, { schema: { querystring } }, (request) => {
    const { correlation_id: correlationId, limit = LIMIT_DEFAULT } = request.query
    return listServiceEvents(participant, {
      correlationId: correlationId?.toLowerCase(),
      limit: Number(limit),
    })
  })
}

async function listServiceEvents<Database>(
  { db, schema }: Participant<Database>,
  { correlationId, limit }: { correlationId: string | undefined; limit: number },
): Promise<ServiceEvent[]> {
  const ofSaga = correlationId === undefined ? sql`true` : sql`correlation_id = ${correlationId}`
  const { rows } = await sql<ServiceEvent>`
    select action, outcome, correlation_id, detail, created_at
    from ${sql.id(schema, 'service_event')}
    where ${ofSaga}
    order by id desc
    limit ${limit}
  `.execute(db)
  return rows
}
