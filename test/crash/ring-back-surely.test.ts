// kill -9 on the way back from a step that surely did not happen: refused, or its participant unreachable.
import t from 'tap'
import { Floor } from './floor.ts'
import { aroundCall, beforeCommit, committed } from './point.ts'
import { crashAt } from './ring.ts'
import { refused, refusedUnseen, unreachable, unreachableUnseen } from './tale.ts'

const floor = await Floor.open(t)

await crashAt(t, floor, refusedUnseen, [
  committed('doing.reserve'),
  ...aroundCall('reserve'),
  beforeCommit('undoing.lock'),
])
await crashAt(t, floor, refused, [committed('undoing.lock'), ...aroundCall('undo lock'), committed('failed')])
await crashAt(t, floor, unreachableUnseen, [
  committed('doing.create'),
  ...aroundCall('create'),
  beforeCommit('undoing.reserve'),
])
await crashAt(t, floor, unreachable, [
  committed('undoing.reserve'),
  ...aroundCall('undo reserve'),
  committed('undoing.lock'),
])
