// The owner dies when it has heard a verb, and nothing of that is committed.
import t from 'tap'
import { beforeCommit } from '../crash/point.ts'
import { killAll } from './killed.ts'

await killAll(t, beforeCommit, 0)
