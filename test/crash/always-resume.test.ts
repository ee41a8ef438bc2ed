// The orchestrator dies behind every single commit: each transition of a saga is made by another process.
import t from 'tap'
import { Floor } from './floor.ts'
import { committed } from './point.ts'
import { crashInTurn } from './ring.ts'
import { askedAgain, happy, parkedOnV1, refusedUnseen, type Tale } from './tale.ts'

const floor = await Floor.open(t)

async function resumeAlways(tale: Tale, ...states: string[]): Promise<void> {
  await crashInTurn(t, floor, tale, states.map(committed), `behind every commit of ${states.join(', ')}`)
}

const forward = ['doing.lock', 'doing.reserve', 'doing.create']
const back = ['undoing.reserve', 'undoing.lock', 'failed']

await resumeAlways(happy, ...forward, 'done')
await resumeAlways(
  askedAgain,
  ...forward,
  'parked.doing',
  'doing.create',
  'parked.doing',
  'doing.create',
  'done',
)
await resumeAlways(refusedUnseen, 'doing.lock', 'doing.reserve', ...back)
await resumeAlways(parkedOnV1, ...forward, 'undoing.create', 'undoing.reserve', 'parked', ...back)
