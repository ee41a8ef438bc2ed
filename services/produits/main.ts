import { runParticipant } from '../participant/process.ts'
import { produits } from './server.ts'

await runParticipant(produits, process.env)
