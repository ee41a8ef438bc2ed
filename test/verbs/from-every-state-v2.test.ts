// Every verb from every state of the second version of commande, which also parks on its way forward.
import t from 'tap'
import { Floor } from './floor.ts'
import { play } from './play.ts'
import { situationsOf } from './situations.ts'

const floor = await Floor.open(t)

for (const situation of situationsOf('2')) {
  await t.test(`what each verb does to a saga of version 2 in ${situation.name}`, async (t) => {
    await play(t, floor, situation)
  })
}
