import { Type } from 'typebox'
import type { Participant } from '../participant/barrier.ts'
import { INT4_MAX, IntegerText, NaturalInteger } from '../participant/fields.ts'
import type { ParticipantServer } from '../participant/server.ts'
import { findStock, setStock } from './store.ts'
import type { StocksDatabase } from './store.ts'

const StockParams = Type.Object({
  magasin_id: IntegerText(1, INT4_MAX),
  produit_id: IntegerText(1, INT4_MAX),
})

const StockBody = Type.Object({ quantite: NaturalInteger }, { additionalProperties: false })

export function stockRoutes(app: ParticipantServer, { db }: Participant<StocksDatabase>): void {
  const path = '/api/stock/:magasin_id/:produit_id'

  app.put(path, { schema: { params: StockParams, body: StockBody } }, async (request, reply) => {
    const stock = { ...idsOf(request.params), quantite: request.body.quantite }
    await setStock(db, stock)
    return reply.send(stock)
  })

  app.get(path, { schema: { params: StockParams } }, async (request, reply) => {
    const ids = idsOf(request.params)
    const quantite = await findStock(db, ids)
    if (quantite === undefined) {
      const detail = `Magasin ${ids.magasin_id} has no stock of produit ${ids.produit_id}.`
      throw app.httpErrors.createError(404, detail, { code: 'stock_inconnu' })
    }
    return reply.send({ ...ids, quantite })
  })
}

function idsOf(params: { magasin_id: string; produit_id: string }) {
  return { magasin_id: Number(params.magasin_id), produit_id: Number(params.produit_id) }
}
