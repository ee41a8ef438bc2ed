// kill -9 on the way back from a step that surely did not happen: refused, or its participant unreachable.
import t from 'tap'
import { Floor } from './floor.ts'
import { aroundCall, aroundCommit, beforeCommit, committed } from './point.ts'
import { crashAt } from './ring.ts'
import {
  onV1,
  refused,
  refusedUnseen,
  unreachable,
  unreachableUnseen,
  unreachableUnseenOnV1,
} from './tale.ts'

const floor = await Floor.open(t)

await crashAt(t, floor, refusedUnseen, [
  committed('doing.reserve'),
  ...aroundCall('reserve'),
  beforeCommit('undoing.lock'),
])
await crashAt(t, floor, refused, [
  committed('undoing.lock'),
  ...aroundCall('undo lock'),
  ...aroundCommit('failed'),
])
await crashAt(t, floor, unreachableUnseen, [
  committed('doing.create'),
  ...aroundCall('create'),
  beforeCommit('undoing.reserve'),
])
await crashAt(t, floor, unreachable, [
  committed('undoing.reserve'),
  ...aroundCall('undo reserve'),
  ...aroundCommit('undoing.lock'),
])
await crashAt(t, floor, onV1(refused), [committed('undoing.lock')])
await crashAt(t, floor, unreachableUnseenOnV1, [...aroundCall('create'), beforeCommit('undoing.reserve')])
