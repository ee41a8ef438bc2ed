import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { performAction, performCompensation, refuseOtherTarget } from '../participant/barrier.ts'
import type { Participant } from '../participant/barrier.ts'
import { readCall } from '../participant/call.ts'
import {
  Amount,
  CorrelationId,
  INT4_MAX,
  IntegerText,
  LINES_MAX,
  PositiveInteger,
  Uuid,
} from '../participant/fields.ts'
import { sendAnswer } from '../participant/server.ts'
import type { ParticipantServer } from '../participant/server.ts'
import { cancelVente, cancelVentesOf, createVente, deleteVente, findVente, listVentes } from './store.ts'
import type { ProduitsDatabase } from './store.ts'

const LIMIT_MAX = 500
const LIMIT_DEFAULT = 100

const VenteParams = Type.Object({ vente_id: IntegerText(1, Number.MAX_SAFE_INTEGER) })

const NewVenteBody = Type.Object(
  {
    magasin_id: PositiveInteger,
    cart_id: Uuid,
    lignes: Type.Array(
      Type.Object(
        { produit_id: PositiveInteger, quantite: PositiveInteger, prix_unitaire: Amount },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: LINES_MAX },
    ),
    reservation_id: Type.Optional(Uuid),
  },
  { additionalProperties: false },
)

const VenteQuery = Type.Object(
  {
    magasin_id: Type.Optional(IntegerText(1, INT4_MAX)),
    cart_id: Type.Optional(Uuid),
    correlation_id: Type.Optional(CorrelationId),
    limit: Type.Optional(IntegerText(1, LIMIT_MAX)),
  },
  { additionalProperties: false },
)

const CancelQuery = Type.Object({ correlation_id: CorrelationId }, { additionalProperties: false })

const MadeVente = Type.Object({ vente_id: Type.Integer() })

const COLLECTION = '/api/produits/ventes'
const ONE = `${COLLECTION}/:vente_id`

type Routes = (app: ParticipantServer, participant: Participant<ProduitsDatabase>) => void

export const venteRoutes: Routes = (app, participant) => {
  creation(app, participant)
  reads(app, participant)
  cancellations(app, participant)
}

const creation: Routes = (app, participant) => {
  app.post(COLLECTION, { schema: { body: NewVenteBody } }, async (request, reply) => {
    const call = readCall(request, 'do')
    const {
      magasin_id: magasinId,
      cart_id: cartId,
      reservation_id: reservationId = null,
      lignes,
    } = request.body
    const { correlationId } = call
    const answer = await performAction(participant, call, 'CREATE_VENTE', (trx) =>
      createVente(trx, { magasinId, cartId, reservationId, lignes, correlationId }),
    )
    return sendAnswer(reply, answer)
  })
}

const reads: Routes = (app, { db }) => {
  app.get(COLLECTION, { schema: { querystring: VenteQuery } }, (request) => {
    const { magasin_id: magasinId, cart_id: cartId, correlation_id: correlationId, limit } = request.query
    return listVentes(db, {
      magasinId: magasinId === undefined ? undefined : Number(magasinId),
      cartId,
      correlationId: correlationId?.toLowerCase(),
      limit: Number(limit ?? LIMIT_DEFAULT),
    })
  })

  app.get(ONE, { schema: { params: VenteParams } }, async (request, reply) => {
    const venteId = Number(request.params.vente_id)
    const vente = await findVente(db, venteId)
    if (!vente)
      throw app.httpErrors.createError(404, `There is no vente ${venteId}.`, { code: 'vente_inconnue' })
    return reply.send(vente)
  })
}

const cancellations: Routes = (app, participant) => {
  app.delete(ONE, { schema: { params: VenteParams } }, async (request, reply) => {
    const call = readCall(request, 'undo')
    const venteId = Number(request.params.vente_id)
    const answer = await performCompensation(participant, call, 'DELETE_VENTE', {
      plain: (trx) => deleteVente(trx, venteId),
      async undo(trx, { done }) {
        if (!Value.Check(MadeVente, done) || done.vente_id !== venteId) return refuseOtherTarget()
        return cancelVente(trx, venteId)
      },
    })
    return sendAnswer(reply, answer)
  })

  // For a caller that lost the answer and with it the vente_id, which is chosen here.
  app.delete(COLLECTION, { schema: { querystring: CancelQuery } }, async (request, reply) => {
    const call = readCall(request, 'undo')
    const correlationId = request.query.correlation_id.toLowerCase()
    if (call.correlationId !== null && call.correlationId !== correlationId) {
      throw app.httpErrors.createError(400, 'correlation_id must be the saga that the headers name.', {
        code: 'requete_invalide',
        errors: [{ field: 'correlation_id', message: 'must be the saga that the headers name' }],
      })
    }
    const answer = await performCompensation(participant, call, 'DELETE_VENTE', {
      plain: (trx) => cancelVentesOf(trx, correlationId),
      async undo(trx, { done }) {
        if (!Value.Check(MadeVente, done)) return refuseOtherTarget()
        return cancelVente(trx, done.vente_id)
      },
    })
    return sendAnswer(reply, answer)
  })
}
