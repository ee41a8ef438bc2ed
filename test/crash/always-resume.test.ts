// The orchestrator dies behind every single commit: each transition of a saga is made by another process.
import t from 'tap'
import { Floor } from './floor.ts'
import { committed } from './point.ts'
import { crashInTurn } from './ring.ts'
import { happy, inDoubt, parked, refusedUnseen } from './tale.ts'

const floor = await Floor.open(t)
const forward = ['doing.lock', 'doing.reserve', 'doing.create']

await crashInTurn(t, floor, happy, [...forward, 'done'].map(committed))
await crashInTurn(
  t,
  floor,
  refusedUnseen,
  ['doing.lock', 'doing.reserve', 'undoing.reserve', 'undoing.lock', 'failed'].map(committed),
)
await crashInTurn(
  t,
  floor,
  inDoubt,
  [...forward, 'undoing.create', 'undoing.reserve', 'undoing.lock', 'failed'].map(committed),
)
const aroundParked = ['undoing.reserve', 'parked', 'undoing.reserve']
await crashInTurn(
  t,
  floor,
  parked,
  [...forward, 'undoing.create', ...aroundParked, 'undoing.lock', 'failed'].map(committed),
)
