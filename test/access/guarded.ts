// A whole system whose orchestrator asks who calls, asked in its own process.
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { ROLES } from '../../services/participant/access.ts'
import type { HttpServer } from '../../services/participant/http-server.ts'
import { startSystem, type System } from '../kit/system.ts'
import { tokensFile, type TokensFile } from '../kit/tokens.ts'

const WANTED = {
  start: { roles: ['start' as const] },
  read: { roles: ['read' as const] },
  operate: { roles: ['operate' as const] },
  metrics: { roles: ['metrics' as const] },
  all: { roles: [...ROLES] },
  slow: { roles: [...ROLES], rate_limit: 3 },
  expired: { roles: [...ROLES], expires_at: '2026-01-31T12:00:00Z' },
  revoked: { roles: [...ROLES] },
}
type Name = keyof typeof WANTED

export interface Guarded extends System {
  readonly file: TokensFile<Name>
  readonly api: HttpServer
  /** With the token of that name. */
  readonly as: (name: Name | undefined, call: InjectOptions) => Promise<LightMyRequestResponse>
}

export async function guardedSystem(
  t: Pick<Test, 'teardown'>,
  settings: Parameters<typeof startSystem>[1] = {},
): Promise<Guarded> {
  const file = await tokensFile(t, WANTED)
  const built: HttpServer[] = []
  const whole = { ACCESS_TOKENS_FILE: file.path, RATE_LIMIT: '1000000', ...settings }
  const system = await startSystem(t, whole, { api: (api) => built.push(api) })
  const [api] = built
  if (api === undefined) throw new Error('nothing was built')
  const as: Guarded['as'] = async (name, { headers, ...call }) =>
    await api.inject({
      ...call,
      headers: { ...headers, ...(name && { authorization: `Bearer ${file.tokens[name]}` }) },
    })
  return Object.assign(system, { file, api, as })
}
