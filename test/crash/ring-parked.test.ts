// kill -9 of a saga that parks, before and behind it; and crashes in a row.
import t from 'tap'
import { Floor } from './floor.ts'
import { answerLost, aroundCall, aroundCommit, beforeCommit, committed } from './point.ts'
import { crashAt, crashInTurn } from './ring.ts'
import { happy, inDoubtOnV1, parked, parkedOnV1 } from './tale.ts'

const floor = await Floor.open(t)

await crashAt(t, floor, parkedOnV1, [
  ...aroundCall('undo reserve'),
  ...aroundCommit('parked'),
  ...[...aroundCommit('undoing.reserve'), ...aroundCall('undo reserve')].map((point) => ({
    ...point,
    time: 2,
  })),
  ...aroundCommit('undoing.lock'),
])

await crashAt(t, floor, parked, aroundCommit('parked.undoing'))

await crashInTurn(t, floor, happy, [answerLost('lock'), answerLost('lock')])
await crashInTurn(t, floor, happy, [committed('doing.reserve'), answerLost('reserve')])
await crashInTurn(t, floor, happy, [answerLost('create'), beforeCommit('done')])
await crashInTurn(t, floor, happy, [beforeCommit('doing.create'), committed('done')])
await crashInTurn(t, floor, inDoubtOnV1, [committed('undoing.create'), answerLost('undo create')])
await crashInTurn(t, floor, inDoubtOnV1, [beforeCommit('undoing.lock'), committed('failed')])
await crashInTurn(t, floor, parkedOnV1, [beforeCommit('parked'), beforeCommit('parked')])
await crashInTurn(t, floor, parkedOnV1, [committed('parked'), answerLost('undo reserve')])
await crashInTurn(t, floor, parked, [committed('parked.undoing'), answerLost('undo reserve')])
