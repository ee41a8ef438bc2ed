import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { createBarrierAndServiceEvent } from '../participant/barrier-and-service-event.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await createBarrierAndServiceEvent(db, 'carts')

  // locked_by names the saga; it is null for a cart that a person locked.
  await sql`
    create table carts.cart (
      cart_id uuid constraint cart_pkey primary key,
      magasin_id integer not null,
      status text not null default 'OPEN',
      locked_by text,
      created_at timestamptz not null default now(),
      constraint cart_magasin_positive check (magasin_id > 0),
      constraint cart_status_known check (status in ('OPEN', 'LOCKED')),
      constraint cart_holder_only_while_locked check (locked_by is null or status = 'LOCKED')
    )
  `.execute(db)

  await sql`
    create table carts.cart_ligne (
      cart_id uuid not null constraint cart_ligne_of_cart references carts.cart on delete cascade,
      position integer not null,
      produit_id integer not null,
      quantite integer not null,
      prix_unitaire numeric(12, 2) not null,
      constraint cart_ligne_pkey primary key (cart_id, position),
      constraint cart_ligne_produit_positive check (produit_id > 0),
      constraint cart_ligne_quantite_positive check (quantite > 0),
      constraint cart_ligne_prix_not_negative check (prix_unitaire >= 0)
    )
  `.execute(db)
}
