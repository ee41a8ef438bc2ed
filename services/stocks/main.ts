import { runParticipant } from '../participant/process.ts'
import { stocks } from './server.ts'

await runParticipant(stocks, process.env)
