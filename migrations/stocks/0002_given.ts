import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // The pieces that a produit was given: its stock at the start, corrected by each later setting. At any moment
  // this is quantite and the pieces of all standing reservations together, which `skald audit` checks. What was
  // lost or made before this column existed can't be seen any more.
  await sql`alter table stocks.stock add column given bigint`.execute(db)
  await sql`
    update stocks.stock set given = quantite + coalesce((
      select sum(ligne.quantite)
      from stocks.reservation join stocks.reservation_ligne ligne using (reservation_id)
      where reservation.status = 'RESERVED'
        and reservation.magasin_id = stock.magasin_id and ligne.produit_id = stock.produit_id
    ), 0)
  `.execute(db)
  await sql`alter table stocks.stock alter column given set not null`.execute(db)
}
