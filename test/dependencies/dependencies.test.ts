// What Skald is made of: exact versions, each with the hash of its content, and no script of theirs run but those we know.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { plainNode, surroundings } from '../crash/node-process.ts'

const root = join(import.meta.dirname, '../..')

interface Locked {
  readonly version: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
}

interface Lock {
  readonly packages: Readonly<Record<string, Locked>>
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly allowScripts?: Readonly<Record<string, boolean>>
}

const read = async <Json>(file: string) => JSON.parse(await readFile(join(root, file), 'utf8')) as Json
const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

/** In words. */
function faultsOf(manifest: Manifest, { packages }: Lock): string[] {
  const { dependencies, devDependencies, optionalDependencies, allowScripts = {} } = manifest
  const wanted = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
  const loose = wanted.filter(([, version]) => !EXACT.test(version))
  const faults = loose.map(([name, version]) => `${name} is wanted as ${version}`)
  for (const [path, { version, resolved, integrity = '', link, hasInstallScript }] of Object.entries(
    packages,
  )) {
    if (path === '') continue
    const name = nameOf(path)
    if (link === true || !EXACT.test(version)) faults.push(`${path} is no version of a package`)
    if (!integrity.startsWith('sha512-')) faults.push(`${path} has no hash`)
    if (resolved?.startsWith('https://registry.npmjs.org/') === false)
      faults.push(`${path} is from ${resolved}`)
    if (hasInstallScript === true && allowScripts[name] !== true)
      faults.push(`${path} runs a script when installed`)
  }
  return faults
}

t.test('what Skald depends on is pinned by version and content', async (t) => {
  t.strictSame(faultsOf(await read<Manifest>('package.json'), await read<Lock>('package-lock.json')), [])
})

t.test('a package that is not pinned is found', async (t) => {
  const packages = {
    '': { version: '1.0.0' },
    'node_modules/a': {
      version: '1.0.0',
      resolved: 'git+ssh://git@example.org/a.git#1',
      integrity: 'sha512-x',
    },
    'node_modules/b': { version: '1.0.0', hasInstallScript: true },
    'node_modules/b/node_modules/@c/d': { version: 'file:../d', link: true, integrity: 'sha1-x' },
  }
  t.strictSame(faultsOf({ dependencies: { a: '^1.0.0', b: '1.0.0' } }, { packages }), [
    'a is wanted as ^1.0.0',
    'node_modules/a is from git+ssh://git@example.org/a.git#1',
    'node_modules/b has no hash',
    'node_modules/b runs a script when installed',
    'node_modules/b/node_modules/@c/d is no version of a package',
    'node_modules/b/node_modules/@c/d has no hash',
  ])
})

/** Asks a registry of ours for advisories. */
async function auditAt(t: Test, listener: RequestListener, settings: Record<string, string> = {}) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const env = surroundings({
    npm_config_registry: `http://127.0.0.1:${port}`,
    npm_config_fetch_retries: '0',
    // Nothing that is made up here stays with whoever runs the test.
    npm_config_cache: t.testdir({ [port]: {} }),
    ...settings,
  })
  const script = join(import.meta.dirname, 'audit.ts')
  return new Promise<{ code: number; told: string }>((resolve) => {
    execFile('env', plainNode(script), { env, cwd: root }, (error, stdout) => {
      resolve({ code: Number(error?.code ?? 0), told: stdout })
    })
  })
}

const advisory = {
  id: 1,
  url: 'https://example.org/1',
  title: 'A hole',
  severity: 'high',
  vulnerable_versions: '*',
}

function answerWith(advisories: object): RequestListener {
  return (request, response) => {
    request.resume()
    const isAsked = request.url?.endsWith('/advisories/bulk') === true
    response.writeHead(isAsked ? 200 : 404, { 'content-type': 'application/json' })
    response.end(isAsked ? JSON.stringify(advisories) : '{}')
  }
}

const none: RequestListener = (request, response) => {
  request.resume()
  response.writeHead(405).end()
}

t.test('the audit of what production needs', async (t) => {
  t.match(await auditAt(t, answerWith({})), { code: 0, told: /^Audited: 0 grave findings\.$/m })
  const found = await auditAt(t, answerWith({ fastify: [advisory], tap: [advisory] }))
  t.match(found, { code: 1, told: /^fastify .* is high: A hole \(https:\/\/example\.org\/1\)$/m })
  t.notMatch(found.told, /^tap /m, 'what only tests need is not looked at')
  t.match(await auditAt(t, answerWith({ fastify: [{ ...advisory, severity: 'moderate' }] })), { code: 0 })
  t.match(await auditAt(t, none), {
    code: 0,
    told: /^Not audited, for the registry has no advisories: .*405/,
  })
  t.equal((await auditAt(t, none, { CI_AUDIT_REQUIRED: '1' })).code, 1)
})
