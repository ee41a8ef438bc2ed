// Every verb from every state of the first version of commande.
import t from 'tap'
import { migrateCommande } from '../../machines/commande/migrate.ts'
import { Order } from '../../machines/commande/order.ts'
import { commande as v1 } from '../../machines/commande/v1/chart.ts'
import { commande as v2 } from '../../machines/commande/v2/chart.ts'
import { Floor } from './floor.ts'
import { play } from './play.ts'
import { situationsOf } from './situations.ts'

// The last one is what new sagas begin with.
const floor = await Floor.open(t, [
  { machine: v2, input: Order, businessKey: 'cart_id' },
  { machine: v1, input: Order, businessKey: 'cart_id', migrate: migrateCommande },
])

for (const situation of situationsOf('1')) {
  await t.test(`what each verb does to a saga of version 1 in ${situation.name}`, async (t) => {
    await play(t, floor, situation)
  })
}
