// Restate: a server with a log of its own, which calls the steps' code in this process and writes down their results.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { createServer, type Http2Server } from 'node:http2'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createEndpointHandler, service, type Context } from '@restatedev/restate-sdk'
import getPort from 'get-port'
import got from 'got'
import { v7 as newSagaId } from 'uuid'
import { caller, type Caller } from '../caller.ts'
import { familyCpuMs, ownCpuMs } from '../usage.ts'
import { serve, type Peer, type PeerPlace } from './serve.ts'

/** Its default of 24 is for larger machines: on two cores fewer cost less CPU, for its log writes larger batches. */
const PARTITIONS = 4

async function open({ stubs, folder }: PeerPlace): Promise<Peer> {
  const called = caller(stubs)
  const steps = await listen(called)
  const server = await startServer(folder)
  const uri = `http://127.0.0.1:${(steps.address() as AddressInfo).port}`
  await got.post(`${server.adminUrl}/deployments`, { json: { uri }, retry: { limit: 20, methods: ['POST'] } })
  const agent = new Agent({ keepAlive: true })
  const client = got.extend({ agent: { http: agent }, retry: { limit: 0 } })
  return {
    async run() {
      await client.post(`${server.ingressUrl}/commande/run`, { json: { cart_id: newSagaId() } }).json()
    },
    async usage() {
      const storeCpuMs = familyCpuMs(server.process.pid ?? 0)
      return { commits: null, cpuMs: ownCpuMs(), storeCpuMs, walBytes: null }
    },
    async close() {
      agent.destroy()
      server.process.kill('SIGTERM')
      await once(server.process, 'exit')
      steps.close()
      called.close()
    },
  }
}

/** The steps' code, where the server calls it. */
async function listen({ calls }: Caller): Promise<Http2Server> {
  const [lock, reserve, create] = calls
  const commande = service({
    name: 'commande',
    handlers: {
      run: async (context: Context, { cart_id: id }: { cart_id: string }) => {
        await context.run('lock', () => lock(id))
        await context.run('reserve', () => reserve(id))
        return context.run('create', () => create(id))
      },
    },
  })
  const server = createServer(createEndpointHandler({ services: [commande], logger: () => {} }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** fsync is on by default, and no setting here touches it. */
async function startServer(folder: string) {
  const [ingress, admin, node] = [await getPort(), await getPort(), await getPort()]
  const settings = `
    disable-telemetry = true
    log-filter = "off"
    bind-address = "127.0.0.1:${node}"
    advertised-address = "http://127.0.0.1:${node}"
    default-num-partitions = ${PARTITIONS}
    [admin]
    bind-address = "127.0.0.1:${admin}"
    [ingress]
    bind-address = "127.0.0.1:${ingress}"
  `
  const configuration = join(folder, 'restate.toml')
  await writeFile(configuration, settings)
  const platform = `@restatedev/restate-server-${process.platform}-${process.arch}`
  const binary = createRequire(import.meta.url).resolve(`${platform}/bin/restate-server`)
  const args = [
    '--config-file',
    configuration,
    '--base-dir',
    join(folder, 'data'),
    '--no-logo',
    '--listen-mode',
    'tcp',
  ]
  const child: ChildProcess = spawn(binary, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  const [ingressUrl, adminUrl] = [`http://127.0.0.1:${ingress}`, `http://127.0.0.1:${admin}`]
  await got(`${adminUrl}/health`, { retry: { limit: 300, calculateDelay: () => 100 } })
  await got(`${ingressUrl}/restate/health`, { retry: { limit: 300, calculateDelay: () => 100 } })
  return { process: child, ingressUrl, adminUrl }
}

await serve(open)
