// The inspector beside the API, in a real orchestrator.
import t from 'tap'
import { freshDatabase } from '../../test/kit/database.ts'
import { http } from '../../test/kit/http.ts'
import { startOrchestratorAt } from '../../test/kit/orchestrators.ts'

const { url: databaseUrl } = await freshDatabase(t)
const settings = { INSPECTOR_ATTACH_ORIGINS: 'https://shop.example,http://localhost:*' }
const { url } = await startOrchestratorAt(t, { databaseUrl, name: 'one', settings })

const text = (path: string) => http.get(`${url}${path}`, { responseType: 'text' })

t.test('no answer is taken for another kind, and none tells where it was asked from', async (t) => {
  const paths = [
    '/inspector',
    '/inspector/attach',
    '/inspector/api/charts/commande/2',
    '/inspector/api/charts/nobody/1',
  ]
  for (const path of paths) {
    const { headers } = await text(path)
    t.match(headers, { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }, path)
  }
})

t.test('the page that was built is whole: all that it names is there, for ever', async (t) => {
  for (const path of ['/inspector', '/inspector/attach']) {
    const { statusCode, body } = await text(path)
    t.equal(statusCode, 200, path)
    const assets = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address)
    t.ok(assets.some((address) => address.endsWith('.js')))
    for (const address of assets) {
      const asset = await text(address)
      t.equal(asset.statusCode, 200, address)
      t.match(asset.headers, { 'cache-control': /immutable/, 'x-content-type-options': 'nosniff' })
    }
  }
})

t.test('who may show the page of attached machines in a frame is what the setting says', async (t) => {
  const { headers } = await text('/inspector/attach')
  t.match(
    headers['content-security-policy'],
    /frame-ancestors 'self' https:\/\/shop\.example http:\/\/localhost:\*;/,
  )
  t.match((await text('/inspector')).headers['content-security-policy'], /frame-ancestors 'none';/)
  t.match(await http.get(`${url}/inspector/api/attach`), {
    body: { origins: ['https://shop.example', 'http://localhost:*'] },
  })
})

t.test('the API beside it answers as before', async (t) => {
  const { headers } = await http.get(`${url}/api/counts`)
  t.notOk('referrer-policy' in headers)
  t.match(await http.get(`${url}/inspector/nope`), { statusCode: 404, body: { code: 'route_inconnue' } })
})
