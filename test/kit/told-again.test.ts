import t from 'tap'
import { openJournalAt } from './journal-database.ts'
import { startSystem } from './system.ts'
import { tellAgain } from './told-again.ts'

t.test('a database in which replay does not hold is told to be so, with the saga', async (t) => {
  const { databaseUrl, shop } = await startSystem(t)
  await shop.setStock(10)
  const { saga_id } = (await shop.order(await shop.cart(2))).body
  await t.resolves(tellAgain(databaseUrl))
  const { pool } = await openJournalAt(t, databaseUrl)
  const change = (from: string, to: string) =>
    pool.query(
      `update orchestrator.transition set snapshot = replace(snapshot::text, $2, $3)::json
       where saga_id = $1 and seq = 1`,
      [saga_id, from, to],
    )
  await change('39.99', '38.99')
  await t.rejects(tellAgain(databaseUrl), {
    message: new RegExp(`saga ${saga_id} is told otherwise by its machine, first at seq 1`),
  })
  // Or this test's own database would fail it.
  await change('38.99', '39.99')
})
