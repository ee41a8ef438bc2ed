// kill -9 on the way forward: every state, every step. Just before a call all is as just behind the commit that announces it:
// that is struck once.
import t from 'tap'
import { Floor } from './floor.ts'
import { answerLost, aroundCall, aroundCommit } from './point.ts'
import { crashAt } from './ring.ts'
import { goneMeanwhile, happy } from './tale.ts'

const floor = await Floor.open(t)

await crashAt(t, floor, happy, [
  ...aroundCommit('doing.lock'),
  ...aroundCall('lock'),
  ...aroundCommit('doing.reserve'),
  answerLost('reserve'),
  ...aroundCommit('doing.create'),
  answerLost('create'),
  ...aroundCommit('done'),
])
await crashAt(t, floor, goneMeanwhile, [answerLost('create')])
