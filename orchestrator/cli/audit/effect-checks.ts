// What an order leaves behind at the participants, once it has ended: all of it when done, nothing when failed. A saga
// in flight, parked, or given up by a person, may hold anything. An end is committed after the effects that it tells of, so whoever sees
// an ended saga sees all of them; what people undo by hand behind its back is found too.
import { sql } from 'kysely'
import { isAbandoned, type Check } from './check.ts'

const carts: Check[] = [
  {
    name: 'carts',
    faults: sql`
      select saga_id, format('has failed, but cart %s is still locked by it', cart_id) as what
      from orchestrator.saga join carts.cart on locked_by = saga_id::text
      where machine = 'commande' and saga.status = 'failed' and not ${isAbandoned}
    `,
  },
  {
    name: 'carts',
    faults: sql`
      select saga_id, format('is done, but cart %s is %s', input ->> 'cart_id', case
        when cart_id is null then 'not there'
        when cart.status = 'OPEN' then 'OPEN'
        else 'locked by ' || coalesce(locked_by, 'a person')
      end) as what
      from orchestrator.saga left join carts.cart on cart_id = (input ->> 'cart_id')::uuid
      where machine = 'commande' and saga.status = 'done' and locked_by is distinct from saga_id::text
    `,
  },
]

const reservations: Check[] = [
  {
    name: 'reservations',
    faults: sql`
      select saga_id, format('has failed, but its reservation %s stands', reservation_id) as what
      from orchestrator.saga join stocks.reservation on correlation_id = saga_id::text
      where machine = 'commande' and saga.status = 'failed' and reservation.status = 'RESERVED'
        and not ${isAbandoned}
    `,
  },
  {
    name: 'reservations',
    faults: sql`
      select saga_id, format('is done, but has %s standing reservations', count(reservation_id)) as what
      from orchestrator.saga
      left join stocks.reservation on correlation_id = saga_id::text and reservation.status = 'RESERVED'
      where machine = 'commande' and saga.status = 'done'
      group by saga_id having count(reservation_id) <> 1
    `,
  },
]

const ventes: Check[] = [
  {
    name: 'ventes',
    faults: sql`
      select saga_id, format('has failed, but vente %s stands', vente_id) as what
      from orchestrator.saga join produits.vente on correlation_id = saga_id::text
      where machine = 'commande' and status = 'failed' and not ${isAbandoned}
    `,
  },
  {
    name: 'ventes',
    faults: sql`
      select saga_id, format('is done, but has %s standing ventes', count(vente_id)) as what
      from orchestrator.saga left join produits.vente on correlation_id = saga_id::text
      where machine = 'commande' and status = 'done'
      group by saga_id having count(vente_id) <> 1
    `,
  },
  {
    name: 'ventes',
    faults: sql`
      select saga.saga_id, format('answered vente %s of cart %s, but vente %s of cart %s stands',
        last.snapshot #>> '{output,vente_id}', input ->> 'cart_id', vente_id, cart_id) as what
      from orchestrator.saga
      join orchestrator.transition last using (partition, saga_id, seq)
      join produits.vente on correlation_id = saga.saga_id::text
      where machine = 'commande' and status = 'done'
        and (vente_id::text, cart_id::text)
          is distinct from (last.snapshot #>> '{output,vente_id}', input ->> 'cart_id')
    `,
  },
  {
    name: 'ventes',
    faults: sql`
      with ended as (select saga_id::text from orchestrator.saga where machine = 'commande' and status = 'done'),
      sold as (
        select correlation_id as saga_id, produit_id, sum(quantite) as pieces
        from produits.vente join produits.vente_ligne using (vente_id) group by 1, 2
      ),
      reserved as (
        select correlation_id as saga_id, produit_id, sum(quantite) as pieces
        from stocks.reservation join stocks.reservation_ligne using (reservation_id)
        where status = 'RESERVED' group by 1, 2
      )
      select saga_id::uuid, format('sold %s pieces of produit %s, but reserved %s',
        coalesce(sold.pieces, 0), produit_id, coalesce(reserved.pieces, 0)) as what
      from sold full join reserved using (saga_id, produit_id) join ended using (saga_id)
      where sold.pieces is distinct from reserved.pieces
    `,
  },
]

export const effectChecks: Check[] = [...carts, ...reservations, ...ventes]
