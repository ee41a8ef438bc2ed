import t from 'tap'
import { isLoopback, isLoopbackHost } from './loopback.ts'

t.test('addresses of this machine alone are told from all others', async (t) => {
  const own = ['localhost', 'LOCALHOST', '127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']
  const others = [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    'example.org',
    '',
    '127.0.0.1.example.org',
    'localhost.example',
  ]
  t.strictSame(own.filter(isLoopback), own)
  t.strictSame(others.filter(isLoopback), [])
})

t.test('a Host header that names this machine is told from one that only leads here', async (t) => {
  const own = ['localhost', 'localhost:8000', '127.0.0.1:1', '[::1]:8000', 'skald.localhost:80']
  const others = [
    undefined,
    '',
    'example.org:8000',
    'localhost@example.org',
    'localhost.example.org',
    'localhost/example.org',
    'notlocalhost',
  ]
  t.strictSame(own.filter(isLoopbackHost), own)
  t.strictSame(others.filter(isLoopbackHost), [])
})
