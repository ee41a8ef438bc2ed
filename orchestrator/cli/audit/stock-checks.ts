// The stock: what was given is there, sold or held. stocks notes what it is given, so a live system can be counted.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Check } from './check.ts'

export interface StockCounts {
  readonly produits: number
  readonly start: number
  readonly now: number
  readonly sold: number
  readonly held: number
}

/**
 * One row for each produit of each magasin. Sold is what is reserved for a standing vente, held what is reserved
 * else: for a saga that has no vente yet, or by a person.
 */
const produit = sql`
  select magasin_id, produit_id, given as start, quantite as now, coalesce(sold, 0) as sold, coalesce(held, 0) as held
  from stocks.stock
  full join (
    select magasin_id, produit_id,
      sum(quantite) filter (where vente.correlation_id is not null) as sold,
      sum(quantite) filter (where vente.correlation_id is null) as held
    from stocks.reservation
    join stocks.reservation_ligne using (reservation_id)
    left join (
      select distinct correlation_id from produits.vente
    ) vente using (correlation_id)
    where status = 'RESERVED'
    group by magasin_id, produit_id
  ) reserved using (magasin_id, produit_id)
`

export async function countStock(db: Kysely<unknown>): Promise<StockCounts> {
  const { rows } = await sql<StockCounts>`
    select count(*)::integer as produits, coalesce(sum(start), 0)::float as start,
      coalesce(sum(now), 0)::float as now, coalesce(sum(sold), 0)::float as sold,
      coalesce(sum(held), 0)::float as held
    from (${produit}) produit
  `.execute(db)
  const [counts] = rows
  if (counts === undefined) throw new Error('an aggregate without group by has one row')
  return counts
}

export const stockChecks: Check[] = [
  {
    name: 'stock',
    faults: sql`
      select null::uuid as saga_id, format(
        'Produit %s of magasin %s had %s pieces at the start, but has %s now, %s sold and %s held: %s in all.',
        produit_id, magasin_id, coalesce(start, 0), coalesce(now, 0), sold, held, coalesce(now, 0) + sold + held
      ) as what
      from (${produit}) produit
      where coalesce(start, 0) <> coalesce(now, 0) + sold + held
    `,
  },
]
