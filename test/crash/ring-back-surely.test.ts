// kill -9 on the way back from a step that surely did not happen: refused, or its participant unreachable.
import t from 'tap'
import { Floor } from './floor.ts'
import { answerLost, beforeCommit, committed } from './point.ts'
import { crashAt } from './ring.ts'
import { refused, refusedUnseen, unreachable, unreachableUnseen } from './tale.ts'

const floor = await Floor.open(t)

await crashAt(t, floor, refusedUnseen, [
  committed('doing.reserve'),
  answerLost('reserve'),
  beforeCommit('undoing.lock'),
])
await crashAt(t, floor, refused, [committed('undoing.lock'), answerLost('undo lock'), committed('failed')])
await crashAt(t, floor, unreachableUnseen, [
  committed('doing.create'),
  answerLost('create'),
  beforeCommit('undoing.reserve'),
])
await crashAt(t, floor, unreachable, [
  committed('undoing.reserve'),
  answerLost('undo reserve'),
  committed('undoing.lock'),
])
