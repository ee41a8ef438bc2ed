// The owner dies when the transition of a verb is committed, its answer with it, and nothing that it asks for is done.
import t from 'tap'
import { committed } from '../crash/point.ts'
import { killAll } from './killed.ts'

await killAll(t, committed, 1)
