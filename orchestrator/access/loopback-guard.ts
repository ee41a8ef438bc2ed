/**
 * Where nobody is asked who they are, only this machine may call; and its browsers run pages of other sites. Such a page
 * can send a call here, and one whose name was made to lead here can read the answer as well: each gives itself away.
 */
import type { FastifyRequest } from 'fastify'
import type { HttpServer } from '../../services/participant/http-server.ts'
import { foreignnessOf } from '../../services/participant/loopback.ts'
import { problem } from '../../services/participant/problem.ts'
import type { AccessObserver } from './access.ts'
import { sendRefusal, type Refusal } from './identity.ts'

export function guardLoopback(app: HttpServer, observer: Pick<AccessObserver, 'refused'>): void {
  // Callers name few hosts, and most of them the same one again and again.
  let known: string | undefined
  app.addHook('onRequest', (request, reply, done) => {
    const { host, origin } = request.headers
    if (host === known && origin === undefined) return done()
    const refusal = refusalOf(request)
    if (refusal === undefined) {
      known = host
      return done()
    }
    observer.refused(refusal.why)
    sendRefusal(reply, refusal)
  })
}

function refusalOf({ headers, routeOptions }: FastifyRequest): Refusal | undefined {
  const by = foreignnessOf(headers)
  if (by === 'host') return otherHost
  return by === 'origin' && routeOptions.config.checksOrigin !== true ? otherSite : undefined
}

const otherHost: Refusal = {
  ...problem(
    421,
    'hote_refuse',
    'Nobody is asked who they are here, so it answers on its own machine alone, called as localhost: see ACCESS_TOKENS_FILE.',
  ),
  why: 'host',
}
const otherSite: Refusal = {
  ...problem(403, 'origine_refusee', 'Pages of another site can not call this.'),
  why: 'origin',
}
