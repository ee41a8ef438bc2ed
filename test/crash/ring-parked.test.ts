// kill -9 of a saga that parks, before and behind it.
import t from 'tap'
import { Floor } from './floor.ts'
import { aroundCall, aroundCommit } from './point.ts'
import { crashAt } from './ring.ts'
import { parked, parkedOnV1 } from './tale.ts'

const floor = await Floor.open(t)

await crashAt(t, floor, parkedOnV1, [
  ...aroundCall('undo reserve'),
  ...aroundCommit('parked'),
  ...aroundCall('undo reserve').map((point) => ({ ...point, time: 2 })),
])

await crashAt(t, floor, parked, aroundCommit('parked.undoing'))
