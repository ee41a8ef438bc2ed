import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { v7 as uuidv7 } from 'uuid'
import { performAction, performCompensation, refuseOtherTarget } from '../participant/barrier.ts'
import type { Participant } from '../participant/barrier.ts'
import { readCall } from '../participant/call.ts'
import { LINES_MAX, PositiveInteger, Uuid } from '../participant/fields.ts'
import { sendAnswer } from '../participant/server.ts'
import type { ParticipantServer } from '../participant/server.ts'
import { findReservation, leaveReleased, releaseReservation, reserve } from './reservation-store.ts'
import type { StocksDatabase } from './store.ts'

const ReservationParams = Type.Object({ reservation_id: Uuid })

const NewReservation = Type.Object(
  {
    reservation_id: Type.Optional(Uuid),
    magasin_id: PositiveInteger,
    lignes: Type.Array(
      Type.Object(
        { produit_id: PositiveInteger, quantite: PositiveInteger },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: LINES_MAX },
    ),
  },
  { additionalProperties: false },
)

const MadeReservation = Type.Object({ reservation_id: Type.String() })

const COLLECTION = '/api/stock/reservations'
const ONE = `${COLLECTION}/:reservation_id`

export function reservationRoutes(app: ParticipantServer, participant: Participant<StocksDatabase>): void {
  app.post(COLLECTION, { schema: { body: NewReservation } }, async (request, reply) => {
    const call = readCall(request, 'do')
    const { reservation_id: chosenId, magasin_id: magasinId, lignes } = request.body
    const reservationId = chosenId?.toLowerCase() ?? uuidv7()
    const answer = await performAction(participant, call, 'CREATE_RESERVATION', (trx) =>
      reserve(trx, { reservationId, magasinId, lignes, correlationId: call.correlationId }),
    )
    return sendAnswer(reply, answer)
  })

  app.get(ONE, { schema: { params: ReservationParams } }, async (request, reply) => {
    const reservationId = request.params.reservation_id.toLowerCase()
    const reservation = await findReservation(participant.db, reservationId)
    if (!reservation) {
      const detail = `There is no reservation ${reservationId}.`
      throw app.httpErrors.createError(404, detail, { code: 'reservation_inconnue' })
    }
    return reply.send(reservation)
  })

  app.delete(ONE, { schema: { params: ReservationParams } }, async (request, reply) => {
    const call = readCall(request, 'undo')
    const reservationId = request.params.reservation_id.toLowerCase()
    const answer = await performCompensation(participant, call, 'RELEASE_RESERVATION', {
      plain: (trx) => releaseReservation(trx, reservationId),
      async undo(trx, { done }) {
        if (!Value.Check(MadeReservation, done) || done.reservation_id !== reservationId) {
          return refuseOtherTarget()
        }
        return releaseReservation(trx, reservationId)
      },
      prevent: (trx) => leaveReleased(trx, { reservationId, correlationId: call.correlationId }),
    })
    return sendAnswer(reply, answer)
  })
}
