// Of routes that no OpenAPI document tells of: a body that they take, and what may be asked in their query.
import type { Schema } from './values.ts'

const ID = '0197c0de-0000-7000-8000-000000000001'
const lignes = [{ produit_id: 501, quantite: 2, prix_unitaire: '39.99' }]
const page = { limit: { type: 'string', wholeNumber: [1, 500] } } satisfies Record<string, Schema>
const events: Record<string, Schema> = { ...page, correlation_id: { type: 'string', format: 'uuid' } }

export const BODIES: Readonly<Record<string, unknown>> = {
  'POST /api/caisse': { magasin_id: 101, lignes },
  'POST /api/caisse/:cart_id/lock': { magasin_id: 101 },
  'PUT /api/stock/:magasin_id/:produit_id': { quantite: 7 },
  'POST /api/stock/reservations': {
    reservation_id: ID,
    magasin_id: 101,
    lignes: [{ produit_id: 501, quantite: 1 }],
  },
  'POST /api/produits/ventes': { cart_id: ID, magasin_id: 101, lignes },
  'POST /api/sagas/:machine': { cart_id: ID, magasin_id: 101 },
  'POST /inspector/api/charts': {
    id: 'lamp',
    version: '1',
    initial: 'off',
    states: {
      off: { on: { PUSH: 'on' } },
      on: { after: { 1000: 'off' }, on: { BREAK: 'broken' } },
      broken: { type: 'final' },
    },
  },
  'POST /inspector/api/session': { token: `skald_${'a'.repeat(43)}` },
}

export const QUERIES: Readonly<Record<string, Readonly<Record<string, Schema>>>> = {
  '/api/caisse/events': events,
  '/api/stock/events': events,
  '/api/produits/events': events,
  '/api/produits/ventes': {
    ...page,
    magasin_id: { type: 'string', wholeNumber: [1, 999] },
    cart_id: { type: 'string', format: 'uuid' },
  },
  '/inspector/api/live': { machine: { enum: ['commande', 'x'] }, last_event_id: { type: 'string' } },
  '/inspector/api/stats': { machine: { enum: ['commande', 'x'] }, version: { enum: ['1', '2', '3'] } },
  '/inspector/api/sagas/:saga_id/film': { ...page, from_seq: { type: 'string', wholeNumber: [0, 9] } },
  '/inspector/api/sagas/:saga_id/replay': { against: { enum: ['1', '2', '3'] } },
}
