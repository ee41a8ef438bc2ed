import { runParticipant } from '../participant/process.ts'
import { carts } from './server.ts'

await runParticipant(carts, process.env)
