import t from 'tap'
import { isAllowedOrigin, isSameOrigin } from './origin.ts'

t.test('an origin is allowed if a setting names it, with its port or any', async (t) => {
  const allowed = ['http://localhost:*', 'https://shop.example']
  for (const origin of [
    'http://localhost',
    'http://localhost:1',
    'http://localhost:65535',
    'https://shop.example',
  ])
    t.ok(isAllowedOrigin(origin, allowed), origin)
  for (const origin of [
    'https://localhost:3000',
    'http://localhost:',
    'http://localhost:3000x',
    'http://localhostx3000',
    'http://localhost.example:3000',
    'http://localhost:3000.example',
    'https://shop.example:8443',
    'http://shop.example',
    'https://shop.example.com',
    'null',
    '',
  ])
    t.notOk(isAllowedOrigin(origin, allowed), origin)
  t.notOk(isAllowedOrigin('http://localhost:1', []))
})

t.test('an origin is the same if it has the host of the request', async (t) => {
  t.ok(isSameOrigin('http://a:80', 'a:80'))
  t.ok(isSameOrigin('https://a', 'a'))
  t.notOk(isSameOrigin('http://a:80', 'a'))
  t.notOk(isSameOrigin('http://b', 'a'))
  t.notOk(isSameOrigin('null', undefined))
})
