// Each way in which the data of orders can be wrong, as SQL that makes it so.
import type { CheckName } from '../../orchestrator/cli/audit/check.ts'
import { nobody, type Past } from './shop-with-past.ts'

interface Broken {
  readonly by: string
  readonly check: CheckName
  readonly saga: string | null
  readonly what: RegExp
}

/** Statements that break the past of the shop, and what each is told as. */
export function breaksOf({ done, failed }: Past): readonly Broken[] {
  const ofDone = `saga_id = '${done}'`
  const ofFailed = `saga_id = '${failed}'`
  const told = `insert into carts.service_event (action, outcome, correlation_id, detail)`

  return [
    {
      by: 'update stocks.stock set quantite = quantite - 1 where produit_id = 1',
      check: 'stock',
      saga: null,
      what: /^Produit 1 of magasin 101 had 10 pieces at the start, but has 7 now, 2 sold and 0 held: 9 in all\.$/,
    },
    {
      by: 'delete from stocks.stock where produit_id = 1',
      check: 'stock',
      saga: null,
      what: /^Produit 1 of magasin 101 had 0 pieces at the start, but has 0 now, 2 sold and 0 held: 2 in all\.$/,
    },
    {
      by: `update orchestrator.saga set status = 'parked', state = 'parked', wake_at = 'infinity'
         where ${ofDone}`,
      check: 'sagas',
      saga: done,
      what: /^is parked without a reason$/,
    },
    {
      by: `update orchestrator.saga set state = 'doing.lock' where ${ofDone}`,
      check: 'sagas',
      saga: done,
      what: /^is done, but stands in doing\.lock$/,
    },
    {
      by: `insert into orchestrator.idempotency_key (key, fingerprint, partition, saga_id)
         values ('lost', 'of nobody', 0, '${nobody}')`,
      check: 'sagas',
      saga: nobody,
      what: /^was accepted under an Idempotency-Key, and is missing$/,
    },
    {
      by: `insert into orchestrator.inbox (partition, saga_id, key, fingerprint, event)
         values (0, '${nobody}', 'lost', '', '{"type":"CANCEL"}')`,
      check: 'sagas',
      saga: nobody,
      what: /^is missing, but was sent CANCEL$/,
    },
    {
      by: `insert into produits.barrier (saga_id, step, op) values ('${nobody}', 'create', 'do')`,
      check: 'sagas',
      saga: nobody,
      what: /^is not in the journal, but called produits \(create do\)$/,
    },
    {
      by: `update carts.cart set status = 'LOCKED', locked_by = '${failed}'
         where cart_id = (select (input ->> 'cart_id')::uuid from orchestrator.saga where ${ofFailed})`,
      check: 'carts',
      saga: failed,
      what: /^has failed, but cart .* is still locked by it$/,
    },
    {
      by: `update carts.cart set status = 'OPEN', locked_by = null where locked_by = '${done}'`,
      check: 'carts',
      saga: done,
      what: /^is done, but cart .* is OPEN$/,
    },
    {
      by: `update carts.cart set locked_by = 'else' where locked_by = '${done}'`,
      check: 'carts',
      saga: done,
      what: /^is done, but cart .* is locked by else$/,
    },
    {
      by: `delete from carts.cart where locked_by = '${done}'`,
      check: 'carts',
      saga: done,
      what: /^is done, but cart .* is not there$/,
    },
    {
      by: `update stocks.reservation set status = 'RESERVED' where reservation_id = '${failed}'`,
      check: 'reservations',
      saga: failed,
      what: /^has failed, but its reservation .* stands$/,
    },
    {
      by: `update stocks.reservation set status = 'RELEASED' where reservation_id = '${done}'`,
      check: 'reservations',
      saga: done,
      what: /^is done, but has 0 standing reservations$/,
    },
    {
      by: `insert into produits.vente (magasin_id, cart_id, correlation_id) values (101, '${nobody}', '${failed}')`,
      check: 'ventes',
      saga: failed,
      what: /^has failed, but vente \d+ stands$/,
    },
    {
      by: `insert into produits.vente (magasin_id, cart_id, correlation_id) values (101, '${nobody}', '${done}')`,
      check: 'ventes',
      saga: done,
      what: /^is done, but has 2 standing ventes$/,
    },
    {
      by: `delete from produits.vente where correlation_id = '${done}'`,
      check: 'ventes',
      saga: done,
      what: /^is done, but has 0 standing ventes$/,
    },
    {
      by: `update produits.vente set cart_id = '${nobody}' where correlation_id = '${done}'`,
      check: 'ventes',
      saga: done,
      what: /^answered vente (\d+) of cart .*, but vente \1 of cart 0190.* stands$/,
    },
    {
      by: `update produits.vente_ligne set quantite = 3`,
      check: 'ventes',
      saga: done,
      what: /^sold 3 pieces of produit 1, but reserved 2$/,
    },
    {
      by: `${told} values ('LOCK_CART', 'SUCCESS', '${failed}', '{}')`,
      check: 'service events',
      saga: failed,
      what: /^has 2 SUCCESS events of LOCK_CART$/,
    },
    {
      by: `delete from carts.service_event where correlation_id = '${done}'`,
      check: 'service events',
      saga: done,
      what: /^has an effect of LOCK_CART without its SUCCESS event$/,
    },
    {
      by: `delete from carts.barrier where saga_id = '${done}'`,
      check: 'service events',
      saga: done,
      what: /^has a SUCCESS event of LOCK_CART without its effect$/,
    },
    {
      by: `delete from carts.service_event where correlation_id = '${failed}' and action = 'UNLOCK_CART'`,
      check: 'service events',
      saga: failed,
      what: /^has failed, but LOCK_CART was never followed by UNLOCK_CART$/,
    },
    {
      by: `${told} values ('UNLOCK_CART', 'SUCCESS', '${done}', '{}')`,
      check: 'service events',
      saga: done,
      what: /^is done, but UNLOCK_CART has succeeded$/,
    },
    {
      by: `delete from produits.service_event where correlation_id = '${done}'`,
      check: 'service events',
      saga: done,
      what: /^is done, but CREATE_VENTE has not succeeded$/,
    },
    {
      by: `delete from orchestrator.transition where ${ofDone} and seq = 1`,
      check: 'journal',
      saga: done,
      what: /^stands at seq 3, but its journal has 3 rows, from 0 to 3$/,
    },
    {
      by: `delete from orchestrator.transition where ${ofDone} and seq = 3`,
      check: 'journal',
      saga: done,
      what: /^stands at seq 3, but its journal has 3 rows, from 0 to 2$/,
    },
    {
      by: `update orchestrator.transition set state = 'doing.create' where ${ofDone} and seq = 3`,
      check: 'journal',
      saga: done,
      what: /^is done in done, but the last row of its journal is in doing\.create$/,
    },
    {
      by: `delete from orchestrator.saga where ${ofDone}`,
      check: 'journal',
      saga: done,
      what: /^is not there, but has 4 rows in the journal of partition \d+$/,
    },
    {
      by: `insert into orchestrator.saga
         (partition, saga_id, machine, version, input, status, state, seq, epoch)
         select (partition + 1) % 64, saga_id, machine, version, input, status, state, seq, epoch
         from orchestrator.saga where ${ofDone}`,
      check: 'journal',
      saga: done,
      what: /^is there in 2 partitions$/,
    },
    {
      by: `update orchestrator.partition set epoch = 0`,
      check: 'journal',
      saga: done,
      what: /^was written under epoch \d+, but partition \d+ has only come to epoch 0$/,
    },
    {
      by: `update orchestrator.business_event set seq = 4 where ${ofDone} and type = 'TERMINEE'`,
      check: 'journal',
      saga: done,
      what: /^has business event TERMINEE at seq 4, where its journal has no row$/,
    },
    {
      by: `delete from orchestrator.business_event where ${ofDone} and type = 'VENTE_CREEE'`,
      check: 'journal',
      saga: done,
      what: /^lacks one of the business events of seq 3$/,
    },
    {
      by: `delete from orchestrator.business_event where ${ofDone} and type = 'TERMINEE'`,
      check: 'journal',
      saga: done,
      what: /^is done, but the business was told of no end$/,
    },
    {
      by: `update orchestrator.business_event set type = 'FAILED' where ${ofDone} and type = 'TERMINEE'`,
      check: 'journal',
      saga: done,
      what: /^is done, but the business was told of FAILED$/,
    },
    {
      by: `update orchestrator.transition
         set snapshot = replace(snapshot::text, 'doing', 'undoing')::json where ${ofDone} and seq = 2`,
      check: 'replay',
      saga: done,
      what: /^is told otherwise by its machine, first at seq 2 \(xstate\.done\.actor\.reserve\)\. ./,
    },
    {
      by: `update orchestrator.transition set event = 'null' where ${ofDone} and seq = 1`,
      check: 'replay',
      saga: done,
      what: /^can't be told again by its machine: /,
    },
  ]
}
