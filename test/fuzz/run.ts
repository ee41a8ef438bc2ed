// Asks each route so many times, and tells each answer that is not as it has to be, with what it takes to see it again.
import fc from 'fast-check'
import type { Route } from '../../services/participant/access.ts'
import { http } from '../kit/http.ts'
import type { Document } from './document.ts'
import { faultsIn } from './faults.ts'
import { ask, curlOf, type Request } from './request.ts'
import { requestsTo } from './requests.ts'
import type { Server, Target } from './target.ts'

export interface FuzzOptions {
  readonly seed: number
  /** Of each route. */
  readonly runs: number
  /** Part of the name of a route, where not all are asked. */
  readonly only?: string
  readonly onRoute?: (name: string) => void
}

export interface FuzzReport {
  readonly routes: readonly string[]
  /** How many answers had which status. */
  readonly statuses: ReadonlyMap<number, number>
  readonly broken: readonly string[]
}

class AnswerAtFault extends Error {
  override readonly name = 'AnswerAtFault'
}

export async function fuzz(
  target: Target,
  { seed, runs, only = '', onRoute }: FuzzOptions,
): Promise<FuzzReport> {
  const { token, known } = target
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const { body: document } = await http.get<Document>(`${target.orchestrator}/docs/json`, { headers })
  const statuses = new Map<number, number>()
  const broken: string[] = []
  const routes: string[] = []
  for (const server of target.servers)
    for (const route of server.routes) {
      const name = `${server.name} ${route.method} ${route.url}`
      if (!name.includes(only)) continue
      onRoute?.(name)
      routes.push(name)
      const look = async (request: Request) => {
        const status = await demandSound(server, { route, request, document })
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
      const property = fc.asyncProperty(requestsTo(route, { document, token, known }), look)
      const details = await fc.check(property, { seed, numRuns: runs })
      if (details.failed) broken.push(telling(name, server, details))
    }
  return { routes, statuses, broken }
}

interface Asked {
  readonly route: Route
  readonly request: Request
  readonly document: Document
}

/** Its status. Throws where it is not as it has to be. */
async function demandSound({ url }: Server, { route, request, document }: Asked): Promise<number> {
  const answer = await ask(url, request)
  const faults = faultsIn(answer, route, document)
  if (faults.length > 0)
    throw new AnswerAtFault(`${faults.join('; ')}\n  ${answer.status} ${answer.text.slice(0, 500)}`)
  return answer.status
}

interface Details {
  readonly seed: number
  readonly counterexample: [Request] | null
  readonly errorInstance: unknown
}

function telling(name: string, { url }: Server, { seed, counterexample, errorInstance }: Details): string {
  const said = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  const curl = counterexample === null ? '' : curlOf(url, counterexample[0])
  const again = `npm run fuzz -- --seed ${seed} --only '${name}'`
  return `${name}: ${said}\n  ${curl.slice(0, 4_000)}\n  ${again}`
}
