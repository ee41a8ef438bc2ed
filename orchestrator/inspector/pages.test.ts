import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { buildHttpServer } from '../../services/participant/http-server.ts'
import { pages } from './pages.ts'

const ORIGINS = ['https://shop.example', 'http://localhost:*']

const html = (name: string) => `<!doctype html><title>${name}</title>`
const script = `export const long = '${'x'.repeat(2000)}'\n`

async function serverOf(t: Test, dist: string) {
  const app = await buildHttpServer('test', { log: 'silent', ready: async () => undefined })
  t.teardown(() => app.close())
  await app.register(async (routes) => pages(routes, { attachOrigins: ORIGINS, dist }))
  return app
}

async function built(t: Test) {
  const dist = t.testdir()
  await mkdir(join(dist, 'assets'))
  await writeFile(join(dist, 'index.html'), html('sagas'))
  await writeFile(join(dist, 'attach.html'), html('attached'))
  await writeFile(join(dist, 'assets/index-1a2b3c4d.js'), script)
  await writeFile(join(dist, 'assets/icon-1a2b3c4d.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  return await serverOf(t, dist)
}

const policyWith = (ancestors: string) =>
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  `font-src 'self'; frame-ancestors ${ancestors}; base-uri 'none'; form-action 'none'`

t.test(
  'the page runs nothing but its own files, in no frame, and is asked for again each time',
  async (t) => {
    const app = await built(t)
    for (const url of ['/inspector', '/inspector/', '/inspector?state=doing.lock']) {
      const { statusCode, headers, body } = await app.inject(url)
      t.equal(statusCode, 200, url)
      t.equal(body, html('sagas'))
      const { date: _date, connection: _connection, etag, ...rest } = headers
      t.match(etag, /^W\/"[\w-]{43}"$/)
      t.strictSame(rest, {
        'content-type': 'text/html; charset=utf-8',
        'content-length': String(html('sagas').length),
        'cache-control': 'no-cache',
        'content-security-policy': policyWith("'none'"),
        'cross-origin-opener-policy': 'same-origin',
        vary: 'accept-encoding',
      })
    }
  },
)

t.test(
  'the page of attached machines stands in frames of known origins, and knows who opened it',
  async (t) => {
    const app = await built(t)
    const { headers, body } = await app.inject('/inspector/attach')
    t.equal(body, html('attached'))
    t.match(headers, {
      'cache-control': 'no-cache',
      'content-security-policy': policyWith("'self' https://shop.example http://localhost:*"),
      'cross-origin-opener-policy': 'unsafe-none',
    })
    t.strictSame((await app.inject('/inspector/api/attach')).json(), { origins: ORIGINS })
  },
)

t.test('assets are kept for ever, and sent compressed to those who take it', async (t) => {
  const app = await built(t)
  const url = '/inspector/assets/index-1a2b3c4d.js'
  const plain = await app.inject(url)
  t.match(plain.headers, {
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
  })
  t.notOk('content-encoding' in plain.headers)
  t.equal(plain.body, script)
  for (const accepted of ['gzip', 'br, GZIP;q=0.5', 'deflate, gzip;q=1.0, *;q=0.1']) {
    const { headers, rawPayload } = await app.inject({ url, headers: { 'accept-encoding': accepted } })
    t.equal(headers['content-encoding'], 'gzip', accepted)
    t.equal(headers['content-length'], String(rawPayload.length))
    t.ok(rawPayload.length < 200)
    t.equal(gunzipSync(rawPayload).toString(), script)
  }
  for (const accepted of ['br', 'gzip;q=0', 'br, gzip; q=0.0, deflate', 'xgzipx']) {
    const { headers, body } = await app.inject({ url, headers: { 'accept-encoding': accepted } })
    t.notOk('content-encoding' in headers, accepted)
    t.equal(body, script)
  }
  t.equal((await app.inject('/inspector/assets/icon-1a2b3c4d.svg')).headers['content-type'], 'image/svg+xml')
})

t.test('who has a file already is only told so', async (t) => {
  const app = await built(t)
  for (const url of ['/inspector', '/inspector/attach', '/inspector/assets/index-1a2b3c4d.js']) {
    const { headers } = await app.inject(url)
    const etag = String(headers.etag)
    for (const known of [etag, etag.replace('W/', ''), `"other", ${etag}`, '*']) {
      const again = await app.inject({ url, headers: { 'if-none-match': known, 'accept-encoding': 'gzip' } })
      t.equal(again.statusCode, 304, `${url} ${known}`)
      t.equal(again.body, '')
      t.equal(again.headers.etag, etag)
      t.equal(again.headers['cache-control'], headers['cache-control'])
      t.notOk('content-encoding' in again.headers)
    }
    t.equal((await app.inject({ url, headers: { 'if-none-match': '"other"' } })).statusCode, 200)
  }
  const head = await app.inject({ method: 'HEAD', url: '/inspector' })
  t.match(head, { statusCode: 200, body: '' })
})

t.test('nothing but what was built is served', async (t) => {
  const app = await built(t)
  const unknown = [
    '/inspector/assets/index-00000000.js',
    '/inspector/assets/',
    '/inspector/assets/../index.html',
    '/inspector/assets/..%2findex.html',
    '/inspector/assets/%2e%2e%2f%2e%2e%2fpages.ts',
    '/inspector/assets/constructor',
    '/inspector/index.html',
    '/inspector/nope',
  ]
  for (const url of unknown) {
    const { statusCode, headers, body } = await app.inject(url)
    t.equal(statusCode, 404, url)
    t.equal(headers['content-type'], 'application/problem+json; charset=utf-8')
    t.match(JSON.parse(body), { code: 'route_inconnue' })
  }
})

t.test('a page that was not built says how it is built', async (t) => {
  const app = await serverOf(t, join(t.testdir(), 'dist'))
  for (const url of ['/inspector', '/inspector/attach']) {
    const { statusCode, headers, body } = await app.inject(url)
    t.match({ statusCode, body }, { statusCode: 404, body: /run `npm run build:inspector`/ })
    t.equal(headers['content-type'], 'text/plain; charset=utf-8')
  }
})
