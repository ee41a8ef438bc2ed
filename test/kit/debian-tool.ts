// Real programs that Skald is deployed with, for tests: the one that is installed, else Debian's, unpacked under .tap/,
// which takes no rights. Test files that want the same one at once do not meet: each unpacks beside, and renames.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const tools = join(import.meta.dirname, '../../.tap/tools')

/** Debian's package of each, and where it lies in it. */
const PLACES = {
  nginx: { from: 'nginx', file: 'usr/sbin/nginx' },
  prometheus: { from: 'prometheus', file: 'usr/bin/prometheus' },
  promtool: { from: 'prometheus', file: 'usr/bin/promtool' },
} as const

export interface DebianTool {
  /** Empty where it is not to be had. */
  readonly path: string
  /** Why it is not to be had, as the option `skip` of a test takes it. */
  readonly skip: string | false
}

/** Where the program is. Under CI one that is not to be had is an error: nothing is left out there in silence. */
export async function debianTool(name: keyof typeof PLACES): Promise<DebianTool> {
  const installed = onPath(name)
  if (installed !== undefined) return { path: installed, skip: false }
  const { from, file } = PLACES[name]
  try {
    return { path: join(await unpacked(from), file), skip: false }
  } catch (error) {
    const why = error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error)
    const skip = `${name} is not here, and Debian's package can not be had (${why}): install ${from}, or run apt-get update`
    if (process.env['CI']) throw new Error(skip, { cause: error })
    return { path: '', skip }
  }
}

/** Servers lie where the path of people does not always lead. */
function onPath(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

async function unpacked(name: string): Promise<string> {
  const place = join(tools, name)
  if (existsSync(place)) return place
  await mkdir(tools, { recursive: true })
  const folder = await mkdtemp(join(tools, `${name}-`))
  try {
    await run('apt-get', ['download', '-qq', name], { cwd: folder })
    const [archive = ''] = await readdir(folder)
    await run('dpkg-deb', ['-x', archive, 'unpacked'], { cwd: folder })
    await rename(join(folder, 'unpacked'), place).catch((error: unknown) => {
      // Another test file was first.
      if (!existsSync(place)) throw error
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return place
}
