// kill -9 of a saga that parks, before and behind it; and crashes in a row.
import t from 'tap'
import { Floor } from './floor.ts'
import { answerLost, aroundCall, aroundCommit, beforeCommit, committed } from './point.ts'
import { crashAt, crashInTurn } from './ring.ts'
import { happy, inDoubt, parked } from './tale.ts'

const floor = await Floor.open(t)

await crashAt(t, floor, parked, [
  ...aroundCall('undo reserve'),
  ...aroundCommit('parked'),
  ...[...aroundCommit('undoing.reserve'), ...aroundCall('undo reserve')].map((point) => ({
    ...point,
    time: 2,
  })),
  ...aroundCommit('undoing.lock'),
])

await crashInTurn(t, floor, happy, [answerLost('lock'), answerLost('lock')])
await crashInTurn(t, floor, happy, [committed('doing.reserve'), answerLost('reserve')])
await crashInTurn(t, floor, happy, [answerLost('create'), beforeCommit('done')])
await crashInTurn(t, floor, happy, [beforeCommit('doing.create'), committed('done')])
await crashInTurn(t, floor, inDoubt, [committed('undoing.create'), answerLost('undo create')])
await crashInTurn(t, floor, inDoubt, [beforeCommit('undoing.lock'), committed('failed')])
await crashInTurn(t, floor, parked, [beforeCommit('parked'), beforeCommit('parked')])
await crashInTurn(t, floor, parked, [committed('parked'), answerLost('undo reserve')])
