// kill -9 on the way back from a step in doubt: every compensation, every state. On v1, which turns back at once: from there
// on the versions are one.
import t from 'tap'
import { Floor } from './floor.ts'
import { answerLost, aroundCall, aroundCommit, committed } from './point.ts'
import { crashAt } from './ring.ts'
import { inDoubtOnV1, lateOnV1 } from './tale.ts'

const floor = await Floor.open(t)

await crashAt(t, floor, inDoubtOnV1, [
  ...aroundCall('create'),
  ...aroundCommit('undoing.create'),
  answerLost('undo create'),
  ...aroundCommit('undoing.reserve'),
  answerLost('undo reserve'),
  ...aroundCommit('failed'),
])
await crashAt(t, floor, lateOnV1, [committed('undoing.create'), answerLost('undo create')])
