// Node processes as an operator starts them.
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const compileCache = fileURLToPath(import.meta.resolve('../../.tap/compile-cache'))

/**
 * Runs `entry` with these settings and none of the surroundings. `env` takes away what tap puts into every Node that
 * its tests start: its hooks cost a fifth of a start, and do not belong to the system.
 */
export function spawnNode(
  entry: string,
  settings: Record<string, string>,
): ChildProcessByStdio<null, Readable, Readable> {
  const { PATH = '' } = process.env
  return spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, entry], {
    // Half of a start is the compiling.
    env: { PATH, NODE_COMPILE_CACHE: compileCache, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
