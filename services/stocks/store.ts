/** How many pieces a magasin has. The table itself keeps the number from going below zero. */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export type StocksDatabase = {
  // pg reads bigint as text; these stay far below 2^53.
  stock: { magasin_id: number; produit_id: number; quantite: string }
  reservation: {
    reservation_id: string
    magasin_id: number | null
    status: 'RESERVED' | 'RELEASED'
    correlation_id: string | null
  }
}

export type StockIds = { magasin_id: number; produit_id: number }

/** What it is given beyond what it had is noted, in the same statement: `skald audit` counts by that. */
export async function setStock(
  db: Kysely<StocksDatabase>,
  { magasin_id, produit_id, quantite }: StockIds & { quantite: number },
): Promise<void> {
  await sql`
    insert into stocks.stock (magasin_id, produit_id, quantite, given)
    values (${magasin_id}, ${produit_id}, ${quantite}, ${quantite})
    on conflict (magasin_id, produit_id) do update
    set quantite = excluded.quantite, given = stock.given + excluded.quantite - stock.quantite
  `.execute(db)
}

/** Undefined when the magasin was never given any. */
export async function findStock(
  db: Kysely<StocksDatabase>,
  { magasin_id, produit_id }: StockIds,
): Promise<number | undefined> {
  const row = await db
    .selectFrom('stock')
    .select('quantite')
    .where('magasin_id', '=', magasin_id)
    .where('produit_id', '=', produit_id)
    .executeTakeFirst()
  return row && Number(row.quantite)
}
