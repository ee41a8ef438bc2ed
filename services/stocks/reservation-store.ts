/**
 * Reservations: pieces set aside, all lines or none, and given back once.
 *
 * Everything here runs in the caller's transaction. Whoever changes stock rows first locks all of
 * them in the order of produit_id, in one statement, so two reservations with the same produits in
 * opposite orders wait for each other and never in a circle. What was read under that lock cannot
 * change before the commit, hence stock is never sold twice.
 */
import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import { refusal } from '../participant/barrier.ts'
import type { Answer } from '../participant/barrier.ts'
import type { StocksDatabase } from './store.ts'

type Ligne = { produit_id: number; quantite: number }

export type Reservation = {
  reservation_id: string
  /** Null when the reservation was released before it came. */
  magasin_id: number | null
  status: 'RESERVED' | 'RELEASED'
  lignes: Ligne[]
}

export type NewReservation = {
  reservationId: string
  magasinId: number
  lignes: Ligne[]
  /** The saga, or null for a person. */
  correlationId: string | null
}

/** Pieces of each produit. */
type Pieces = Map<number, number>

/**
 * Takes all lines from the stock, or refuses: 409 `stock_insuffisant` names each produit of which
 * too few are left. The same reservation again, for the same saga or person, is granted again.
 */
export async function reserve(trx: Transaction<StocksDatabase>, wanted: NewReservation): Promise<Answer> {
  const pieces = piecesOf(wanted.lignes)
  const available = await holdStock(trx, wanted.magasinId, pieces)
  const short = [...pieces]
    .map(([produit_id, quantite]) => ({ produit_id, quantite, disponible: available.get(produit_id) ?? 0 }))
    .filter(({ quantite, disponible }) => disponible < quantite)
  if (short.length > 0) {
    return (await answerOfExisting(trx, wanted)) ?? refuseShort(wanted, short)
  }
  const isNew = await take(trx, wanted, pieces)
  if (isNew) return reserved(wanted)
  return (await answerOfExisting(trx, wanted)) ?? refuseTaken(wanted)
}

/** Gives the pieces back and succeeds; a second time succeeds and gives nothing. 404 when unknown. */
export async function releaseReservation(
  trx: Transaction<StocksDatabase>,
  reservationId: string,
): Promise<Answer> {
  const released = await trx
    .updateTable('reservation')
    .set({ status: 'RELEASED' })
    .where('reservation_id', '=', reservationId)
    .where('status', '=', 'RESERVED')
    .returning('magasin_id')
    .executeTakeFirst()
  const reservation = await findReservation(trx, reservationId)
  if (!reservation) {
    const detail = `There is no reservation ${reservationId}.`
    return refusal(404, 'reservation_inconnue', detail, { reservation_id: reservationId })
  }
  if (released) await giveBack(trx, reservation)
  return { status: 204, detail: { reservation_id: reservationId, given_back: released !== undefined } }
}

/** Leaves a released reservation where there is none, so that a reader of that id finds its end. */
export async function leaveReleased(
  trx: Transaction<StocksDatabase>,
  { reservationId, correlationId }: { reservationId: string; correlationId: string | null },
): Promise<void> {
  await sql`
    insert into stocks.reservation (reservation_id, status, correlation_id)
    values (${reservationId}, 'RELEASED', ${correlationId})
    on conflict do nothing
  `.execute(trx)
}

export async function findReservation(
  db: Kysely<StocksDatabase>,
  reservationId: string,
): Promise<Reservation | undefined> {
  const row = await findWithHolder(db, reservationId)
  if (!row) return undefined
  const { correlation_id: _holder, ...reservation } = row
  return reservation
}

async function findWithHolder(db: Kysely<StocksDatabase>, reservationId: string) {
  const { rows } = await sql<Reservation & { correlation_id: string | null }>`
    select reservation_id, magasin_id, status, correlation_id, coalesce((
      select json_agg(json_build_object('produit_id', produit_id, 'quantite', quantite) order by position)
      from stocks.reservation_ligne where reservation_ligne.reservation_id = reservation.reservation_id
    ), '[]') as lignes
    from stocks.reservation
    where reservation_id = ${reservationId}
  `.execute(db)
  return rows[0]
}

function piecesOf(lignes: Ligne[]): Pieces {
  const pieces: Pieces = new Map()
  for (const { produit_id, quantite } of lignes) {
    pieces.set(produit_id, (pieces.get(produit_id) ?? 0) + quantite)
  }
  return pieces
}

/** Locks the stock rows, always in the same order, and reads what they then hold. */
async function holdStock(
  trx: Transaction<StocksDatabase>,
  magasinId: number | null,
  pieces: Pieces,
): Promise<Pieces> {
  const { rows } = await sql<{ produit_id: number; quantite: string }>`
    select produit_id, quantite
    from stocks.stock
    where magasin_id = ${magasinId} and produit_id = any(${[...pieces.keys()]}::integer[])
    order by produit_id
    for no key update
  `.execute(trx)
  return new Map(rows.map(({ produit_id, quantite }) => [produit_id, Number(quantite)]))
}

/** False, with nothing written, when the reservation exists. The stock rows must be held. */
async function take(
  trx: Transaction<StocksDatabase>,
  { reservationId, magasinId, lignes, correlationId }: NewReservation,
  pieces: Pieces,
): Promise<boolean> {
  const { rows } = await sql`
    with new_reservation as (
      insert into stocks.reservation (reservation_id, magasin_id, status, correlation_id)
      values (${reservationId}, ${magasinId}, 'RESERVED', ${correlationId})
      on conflict do nothing
      returning reservation_id
    ), new_ligne as (
      insert into stocks.reservation_ligne (reservation_id, position, produit_id, quantite)
      select reservation_id, position, produit_id, quantite
      from new_reservation, unnest(
        ${lignes.map(({ produit_id }) => produit_id)}::integer[],
        ${lignes.map(({ quantite }) => quantite)}::integer[]
      ) with ordinality as ligne (produit_id, quantite, position)
    ), taken as (
      update stocks.stock set quantite = stock.quantite - wanted.quantite
      from new_reservation, unnest(
        ${[...pieces.keys()]}::integer[], ${[...pieces.values()]}::bigint[]
      ) as wanted (produit_id, quantite)
      where stock.magasin_id = ${magasinId} and stock.produit_id = wanted.produit_id
    )
    select reservation_id from new_reservation
  `.execute(trx)
  return rows.length === 1
}

async function giveBack(
  trx: Transaction<StocksDatabase>,
  { magasin_id, lignes }: Reservation,
): Promise<void> {
  const pieces = piecesOf(lignes)
  await holdStock(trx, magasin_id, pieces)
  await sql`
    update stocks.stock set quantite = stock.quantite + reserved.quantite
    from unnest(
      ${[...pieces.keys()]}::integer[], ${[...pieces.values()]}::bigint[]
    ) as reserved (produit_id, quantite)
    where stock.magasin_id = ${magasin_id} and stock.produit_id = reserved.produit_id
  `.execute(trx)
}

/** Undefined when there is no reservation of that id yet. */
async function answerOfExisting(
  trx: Transaction<StocksDatabase>,
  wanted: NewReservation,
): Promise<Answer | undefined> {
  const existing = await findWithHolder(trx, wanted.reservationId)
  if (!existing) return undefined
  if (existing.status === 'RELEASED') {
    const detail = `Reservation ${wanted.reservationId} was released; a new one needs a new reservation_id.`
    return refusal(409, 'reservation_liberee', detail, { reservation_id: wanted.reservationId })
  }
  const isSame =
    existing.correlation_id === wanted.correlationId &&
    existing.magasin_id === wanted.magasinId &&
    isDeepStrictEqual(existing.lignes, wanted.lignes)
  return isSame ? reserved(wanted) : refuseTaken(wanted)
}

function reserved({ reservationId, magasinId, lignes }: NewReservation): Answer {
  const body: Reservation = {
    reservation_id: reservationId,
    magasin_id: magasinId,
    status: 'RESERVED',
    lignes,
  }
  return { status: 201, body, detail: { reservation_id: reservationId, magasin_id: magasinId, lignes } }
}

function refuseTaken({ reservationId }: NewReservation): Answer {
  const detail = `Reservation ${reservationId} exists with other content; a new one needs a new reservation_id.`
  return refusal(409, 'reservation_existante', detail, { reservation_id: reservationId })
}

type ShortLigne = Ligne & { disponible: number }

const SHORT_TOLD_MAX = 20

function refuseShort({ reservationId, magasinId }: NewReservation, short: ShortLigne[]): Answer {
  const told = short
    .slice(0, SHORT_TOLD_MAX)
    .map(
      ({ produit_id, quantite, disponible }) =>
        `produit ${produit_id}: ${quantite} wanted, ${disponible} left`,
    )
    .join('; ')
  return refusal(409, 'stock_insuffisant', `Magasin ${magasinId} has too few pieces (${told}).`, {
    reservation_id: reservationId,
    manquants: short,
  })
}
