import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { createBarrierAndServiceEvent } from '../participant/barrier-and-service-event.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await createBarrierAndServiceEvent(db, 'stocks')

  // bigint, so that giving back a reservation can never overflow what was set in between.
  await sql`
    create table stocks.stock (
      magasin_id integer not null,
      produit_id integer not null,
      quantite bigint not null,
      constraint stock_pkey primary key (magasin_id, produit_id),
      constraint stock_magasin_positive check (magasin_id > 0),
      constraint stock_produit_positive check (produit_id > 0),
      constraint stock_never_negative check (quantite >= 0)
    )
  `.execute(db)

  // A reservation that was released before it came has neither magasin nor lines.
  await sql`
    create table stocks.reservation (
      reservation_id uuid constraint reservation_pkey primary key,
      magasin_id integer,
      status text not null,
      correlation_id text,
      created_at timestamptz not null default now(),
      constraint reservation_status_known check (status in ('RESERVED', 'RELEASED')),
      constraint reservation_has_magasin check (magasin_id > 0 or (magasin_id is null and status = 'RELEASED'))
    )
  `.execute(db)

  await sql`
    create table stocks.reservation_ligne (
      reservation_id uuid not null constraint reservation_ligne_of_reservation
        references stocks.reservation on delete cascade,
      position integer not null,
      produit_id integer not null,
      quantite integer not null,
      constraint reservation_ligne_pkey primary key (reservation_id, position),
      constraint reservation_ligne_produit_positive check (produit_id > 0),
      constraint reservation_ligne_quantite_positive check (quantite > 0)
    )
  `.execute(db)
}
