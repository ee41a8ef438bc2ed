// The real nginx on the configuration that compose.yaml gives it. What differs is where things are: its port, its files, and
// the addresses of the servers, which Docker's DNS would tell. Debian's nginx is too old to ask a DNS for them (`resolve`).
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import getPort from 'get-port'
import type { Test } from 'tap'
import { startChildServer } from '../kit/child-server.ts'
import { http } from '../kit/http.ts'

const configuration = new URL('../../deploy/nginx.conf', import.meta.url)

/** Addresses such as http://127.0.0.1:4711, by the name of their service. */
export type Servers = Readonly<Record<'orchestrator' | 'carts' | 'stocks' | 'produits', readonly string[]>>

export interface Nginx {
  readonly url: string
  /** One line for each call. */
  readonly accessLog: () => Promise<string>
}

/** Ends with `t`. */
export async function startNginx(t: Pick<Test, 'teardown'>, path: string, servers: Servers): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'skald-nginx-'))
  // Started by root its workers are nobody.
  await chmod(folder, 0o777)
  const address = `127.0.0.1:${await getPort({ host: '127.0.0.1' })}`
  const file = join(folder, 'nginx.conf')
  await writeFile(file, placed(await readFile(configuration, 'utf8'), { folder, address, servers }))
  const url = `http://${address}`
  await startChildServer(t, {
    path,
    args: ['-p', folder, '-c', file, '-g', 'daemon off;'],
    folder,
    isReady: async () => (await http.get(`${url}/healthz`).catch(() => undefined))?.statusCode === 200,
  })
  return { url, accessLog: () => readFile(join(folder, 'access.log'), 'utf8') }
}

interface Place {
  readonly folder: string
  readonly address: string
  readonly servers: Servers
}

function placed(text: string, { folder, address, servers }: Place): string {
  return text
    .replaceAll(' /tmp/', ` ${folder}/`)
    .replace('/dev/stdout', `${folder}/access.log`)
    .replace('/dev/stderr', `${folder}/error.log`)
    .replace('listen 8000;', `listen ${address};`)
    .replaceAll(/^ *server (\w+):\d+ resolve(.*);$/gm, (_line, name: keyof Servers, rest: string) =>
      servers[name].map((url) => `server ${new URL(url).host}${rest};`).join('\n'),
    )
}
