// kill -9 of a release that knew only v1, taken over by this one. What is in doubt on v1 is in ring-back-in-doubt.
import t from 'tap'
import { Floor } from './floor.ts'
import { answerLost, committed } from './point.ts'
import { crashAt } from './ring.ts'
import { goneMeanwhileOnV1, happy, ofReleaseBefore, onV1, refused, unreachableUnseenOnV1 } from './tale.ts'

const floor = await Floor.open(t)

// The ring around each of its commits and calls is v2's: the engine does not ask which of them it drives.
await crashAt(t, floor, ofReleaseBefore(onV1(happy)), [committed('doing.reserve'), answerLost('create')])
await crashAt(t, floor, ofReleaseBefore(goneMeanwhileOnV1), [answerLost('create')])
await crashAt(t, floor, ofReleaseBefore(onV1(refused)), [committed('undoing.lock')])
await crashAt(t, floor, ofReleaseBefore(unreachableUnseenOnV1), [answerLost('create')])
