// kill -9 on the way forward: every state, every step.
import t from 'tap'
import { Floor } from './floor.ts'
import { answerLost, aroundCall, aroundCommit, committed } from './point.ts'
import { crashAt } from './ring.ts'
import { goneMeanwhile, goneMeanwhileOnV1, happy, onV1 } from './tale.ts'

const floor = await Floor.open(t)

await crashAt(t, floor, happy, [
  ...aroundCommit('doing.lock'),
  ...aroundCall('lock'),
  ...aroundCommit('doing.reserve'),
  ...aroundCall('reserve'),
  ...aroundCommit('doing.create'),
  ...aroundCall('create'),
  ...aroundCommit('done'),
])
await crashAt(t, floor, goneMeanwhile, [answerLost('create')])
await crashAt(t, floor, onV1(happy), [
  committed('doing.lock'),
  ...aroundCommit('doing.reserve'),
  answerLost('create'),
  ...aroundCommit('done'),
])
await crashAt(t, floor, goneMeanwhileOnV1, [answerLost('create')])
