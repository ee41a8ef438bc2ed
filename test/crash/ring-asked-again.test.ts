// kill -9 of a saga that asks for its vente again, before and behind each wait; and where that tells it nothing.
import t from 'tap'
import { Floor } from './floor.ts'
import { answerLost, aroundCall, aroundCommit, committed } from './point.ts'
import { crashAt, crashInTurn } from './ring.ts'
import { askedAgain, inDoubt } from './tale.ts'

const floor = await Floor.open(t)

const secondTime = [...aroundCall('create'), ...aroundCommit('parked.doing')]

await crashAt(t, floor, askedAgain, [
  answerLost('create'),
  ...aroundCommit('parked.doing'),
  ...secondTime.map((point) => ({ ...point, time: 2 })),
])
await crashInTurn(t, floor, askedAgain, [committed('parked.doing'), committed('parked.doing')])
await crashAt(t, floor, inDoubt, [answerLost('undo create')])
