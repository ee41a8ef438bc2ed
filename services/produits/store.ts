/** Ventes and their lines, at the unit price they were sold at. */
import { sql } from 'kysely'
import type { Kysely, RawBuilder, Transaction } from 'kysely'
import { refusal } from '../participant/barrier.ts'
import type { Answer } from '../participant/barrier.ts'

export type ProduitsDatabase = {
  // pg reads bigint as text; an identity stays far below 2^53.
  vente: { vente_id: string; correlation_id: string | null }
}

type Ligne = { produit_id: number; quantite: number; prix_unitaire: string }

export type Vente = {
  vente_id: number
  magasin_id: number
  cart_id: string
  lignes: Ligne[]
  correlation_id: string | null
  created_at: Date
}

export type NewVente = {
  magasinId: number
  cartId: string
  reservationId: string | null
  lignes: { produit_id: number; quantite: number; prix_unitaire: string | number }[]
  /** The saga, or null for a person. */
  correlationId: string | null
}

/** 201 with the new vente_id. */
export async function createVente(trx: Transaction<ProduitsDatabase>, vente: NewVente): Promise<Answer> {
  const { magasinId, cartId, reservationId, correlationId, lignes } = vente
  const { rows } = await sql<{ vente_id: number }>`
    with new_vente as (
      insert into produits.vente (magasin_id, cart_id, reservation_id, correlation_id)
      values (${magasinId}, ${cartId}, ${reservationId}, ${correlationId})
      returning vente_id
    ), new_ligne as (
      insert into produits.vente_ligne (vente_id, position, produit_id, quantite, prix_unitaire)
      select vente_id, position, produit_id, quantite, prix_unitaire
      from new_vente, unnest(
        ${lignes.map((ligne) => ligne.produit_id)}::integer[],
        ${lignes.map((ligne) => ligne.quantite)}::integer[],
        ${lignes.map((ligne) => String(ligne.prix_unitaire))}::numeric[]
      ) with ordinality as ligne (produit_id, quantite, prix_unitaire, position)
    )
    select to_json(vente_id) as vente_id from new_vente
  `.execute(trx)
  const venteId = rows[0]?.vente_id
  return { status: 201, body: { vente_id: venteId }, detail: { vente_id: venteId, cart_id: cartId } }
}

/** Deletes the vente; 404 when there is none. */
export async function deleteVente(trx: Transaction<ProduitsDatabase>, venteId: number): Promise<Answer> {
  const isDeleted = await removeVente(trx, venteId)
  if (isDeleted) return { status: 204, detail: { vente_id: venteId } }
  return refusal(404, 'vente_inconnue', `There is no vente ${venteId}.`, { vente_id: venteId })
}

/** Deletes the vente that a saga made; also when someone else has deleted it meanwhile, it is undone. */
export async function cancelVente(trx: Transaction<ProduitsDatabase>, venteId: number): Promise<Answer> {
  const isDeleted = await removeVente(trx, venteId)
  return { status: 204, detail: { vente_id: venteId, deleted: isDeleted } }
}

/** Deletes all ventes with this correlation_id, none included. */
export async function cancelVentesOf(
  trx: Transaction<ProduitsDatabase>,
  correlationId: string,
): Promise<Answer> {
  const deleted = await trx
    .deleteFrom('vente')
    .where('correlation_id', '=', correlationId)
    .returning('vente_id')
    .execute()
  return { status: 204, detail: { vente_ids: deleted.map((vente) => Number(vente.vente_id)) } }
}

export async function findVente(db: Kysely<ProduitsDatabase>, venteId: number): Promise<Vente | undefined> {
  const [vente] = await selectVentes(db, sql`vente_id = ${venteId}`, 1)
  return vente
}

export type VenteFilter = {
  magasinId: number | undefined
  cartId: string | undefined
  correlationId: string | undefined
  /** Most ventes returned. */
  limit: number
}

/** The newest first. */
export function listVentes(db: Kysely<ProduitsDatabase>, filter: VenteFilter): Promise<Vente[]> {
  const conditions = [
    filter.magasinId === undefined ? [] : [sql<boolean>`magasin_id = ${filter.magasinId}`],
    filter.cartId === undefined ? [] : [sql<boolean>`cart_id = ${filter.cartId}`],
    filter.correlationId === undefined ? [] : [sql<boolean>`correlation_id = ${filter.correlationId}`],
  ].flat()
  return selectVentes(db, sql.join([sql`true`, ...conditions], sql` and `), filter.limit)
}

async function selectVentes(
  db: Kysely<ProduitsDatabase>,
  condition: RawBuilder<unknown>,
  limit: number,
): Promise<Vente[]> {
  // As a number of JSON, vente_id escapes pg's reading of bigint as text.
  const { rows } = await sql<Vente>`
    select to_json(vente_id) as vente_id, magasin_id, cart_id, correlation_id, created_at, (
      select json_agg(json_build_object(
        'produit_id', produit_id, 'quantite', quantite, 'prix_unitaire', prix_unitaire::text
      ) order by position)
      from produits.vente_ligne where vente_ligne.vente_id = vente.vente_id
    ) as lignes
    from produits.vente
    where ${condition}
    order by vente.vente_id desc
    limit ${limit}
  `.execute(db)
  return rows
}

async function removeVente(trx: Transaction<ProduitsDatabase>, venteId: number): Promise<boolean> {
  const { rows } = await sql`
    delete from produits.vente where vente_id = ${venteId} returning 1
  `.execute(trx)
  return rows.length === 1
}
