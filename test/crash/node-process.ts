// Node processes as an operator starts them.
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
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
  return spawn('env', plainNode(entry), { env: surroundings(settings), stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The same, and it ends when this process is gone, however that ended. */
export function spawnSupervised(
  entry: string,
  settings: Record<string, string>,
): ChildProcessByStdio<Writable, Readable, Readable> {
  const env = surroundings({ ...settings, SKALD_SUPERVISED: '1' })
  return spawn('env', plainNode(entry), { env, stdio: ['pipe', 'pipe', 'pipe'] })
}

/** For `env`. */
export const plainNode = (entry: string, args: readonly string[] = []): string[] =>
  ['-u', 'NODE_OPTIONS', process.execPath, entry].concat(args)

export function surroundings(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { PATH = '' } = process.env
  // Half of a start is the compiling.
  return { PATH, NODE_COMPILE_CACHE: compileCache, ...settings }
}
