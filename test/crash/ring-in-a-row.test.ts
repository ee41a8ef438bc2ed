// kill -9 in one life after the other.
import t from 'tap'
import { Floor } from './floor.ts'
import { answerLost, beforeCommit, committed } from './point.ts'
import { crashInTurn } from './ring.ts'
import { happy, inDoubtOnV1, parked, parkedOnV1 } from './tale.ts'

const floor = await Floor.open(t)

await crashInTurn(t, floor, happy, [answerLost('lock'), answerLost('lock')])
await crashInTurn(t, floor, happy, [answerLost('create'), beforeCommit('done')])
await crashInTurn(t, floor, happy, [beforeCommit('doing.create'), committed('done')])
await crashInTurn(t, floor, inDoubtOnV1, [committed('undoing.create'), answerLost('undo create')])
await crashInTurn(t, floor, parkedOnV1, [beforeCommit('parked'), beforeCommit('parked')])
await crashInTurn(t, floor, parked, [committed('parked.undoing'), answerLost('undo reserve')])
