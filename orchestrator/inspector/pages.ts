/** The built page and the page of attached machines, each under a policy that lets in nothing but its own files. */
import { fileURLToPath } from 'node:url'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { HttpServer } from '../../services/participant/http-server.ts'
import { readBuiltFiles, type BuiltFile } from './built-files.ts'
import { isKnownToCaller } from './etag.ts'
import type { InspectorOptions } from './options.ts'

type PagesOptions = Pick<InspectorOptions, 'attachOrigins'> & {
  /** Where the bundler wrote to. */
  readonly dist?: string
}

const DIST = fileURLToPath(new URL('dist', import.meta.url))

const config = { access: 'public' } as const

const NOT_BUILT =
  'The page of the inspector is not built: run `npm run build:inspector`, then start Skald again.\n'

/** The names of assets have a hash of what is in them, so those never change; the pages that name them do. */
const FOREVER = { 'cache-control': 'public, max-age=31536000, immutable' }
const ASK_AGAIN = { 'cache-control': 'no-cache' }

export async function pages(app: HttpServer, { attachOrigins, dist = DIST }: PagesOptions): Promise<void> {
  const files = await readBuiltFiles(dist)

  const page = (address: string, name: string, headers: Record<string, string>) =>
    app.get(address, { schema: { hide: true }, config }, (request, reply) => {
      const file = files.get(name)
      if (file === undefined) return reply.code(404).type('text/plain; charset=utf-8').send(NOT_BUILT)
      return send({ request, reply, file, headers: { ...ASK_AGAIN, ...headers } })
    })
  page('/inspector', 'index.html', {
    'content-security-policy': policy("'none'"),
    'cross-origin-opener-policy': 'same-origin',
  })
  // Whoever opens it must be able to talk to it, and it to them.
  page('/inspector/attach', 'attach.html', {
    'content-security-policy': policy(["'self'", ...attachOrigins].join(' ')),
    'cross-origin-opener-policy': 'unsafe-none',
  })
  // Frames are let in by the policy alone; a window is opened by anybody, so the page has to know as well.
  app.get('/inspector/api/attach', { schema: { hide: true }, config }, (_request, reply) =>
    reply.headers(ASK_AGAIN).send({ origins: attachOrigins }),
  )
  app.get<{ Params: { '*': string } }>(
    '/inspector/assets/*',
    { schema: { hide: true }, config },
    (request, reply) => {
      const file = files.get(`assets/${request.params['*']}`)
      if (file === undefined) return reply.callNotFound()
      return send({ request, reply, file, headers: FOREVER })
    },
  )
}

function policy(frameAncestors: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    `frame-ancestors ${frameAncestors}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}

interface Sent {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly file: BuiltFile
  readonly headers: Readonly<Record<string, string>>
}

function send({ request, reply, file, headers }: Sent): FastifyReply {
  reply.headers({ ...headers, etag: file.etag, vary: 'accept-encoding' })
  if (isKnownToCaller(request, file.etag)) return reply.code(304).send()
  reply.type(file.type)
  if (!takesGzip(request)) return reply.send(file.plain)
  return reply.header('content-encoding', 'gzip').send(file.gzipped)
}

function takesGzip({ headers }: FastifyRequest): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(headers['accept-encoding'] ?? '')
}
