import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { createBarrierAndServiceEvent } from '../participant/barrier-and-service-event.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await createBarrierAndServiceEvent(db, 'produits')

  await sql`
    create table produits.vente (
      vente_id bigint generated always as identity constraint vente_pkey primary key,
      magasin_id integer not null,
      cart_id uuid not null,
      reservation_id uuid,
      correlation_id text,
      created_at timestamptz not null default now(),
      constraint vente_magasin_positive check (magasin_id > 0)
    )
  `.execute(db)

  await sql`
    create table produits.vente_ligne (
      vente_id bigint not null constraint vente_ligne_of_vente references produits.vente on delete cascade,
      position integer not null,
      produit_id integer not null,
      quantite integer not null,
      prix_unitaire numeric(12, 2) not null,
      constraint vente_ligne_pkey primary key (vente_id, position),
      constraint vente_ligne_produit_positive check (produit_id > 0),
      constraint vente_ligne_quantite_positive check (quantite > 0),
      constraint vente_ligne_prix_not_negative check (prix_unitaire >= 0)
    )
  `.execute(db)

  // The three filters of GET /api/produits/ventes/, each newest first; the second also serves the
  // cancellation by correlation_id.
  await sql`create index vente_magasin_idx on produits.vente (magasin_id, vente_id desc)`.execute(db)
  await sql`create index vente_correlation_idx on produits.vente (correlation_id, vente_id desc)`.execute(db)
  await sql`create index vente_cart_idx on produits.vente (cart_id, vente_id desc)`.execute(db)
}
