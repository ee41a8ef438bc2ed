// The owner dies when a verb is accepted, and its saga has not heard of it.
import t from 'tap'
import { notHeard } from '../crash/point.ts'
import { killAll } from './killed.ts'

await killAll(t, (_state, verb) => notHeard(`skald.${verb}`), 2)
