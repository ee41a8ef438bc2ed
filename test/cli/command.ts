// The command `skald` as an operator calls it, at an API of the test's choice.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { plainNode, surroundings } from '../crash/node-process.ts'

export const ENTRY = join(import.meta.dirname, '../../orchestrator/cli/skald.js')

export interface Called {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Surroundings {
  readonly url: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

export interface Running {
  readonly ended: Promise<Called>
  /** What it has written to stdout so far. */
  readonly printed: () => string
  readonly complained: () => string
  readonly interrupt: () => void
}

/** Starts it. Settings of whoever runs the test do not reach it; it ends with `t`. */
export function begin(
  t: Pick<Test, 'teardown'>,
  args: readonly string[],
  { url, env, input = '' }: Surroundings,
): Running {
  const child = spawn('env', plainNode(ENTRY, args), {
    env: surroundings({ SKALD_URL: url, SKALD_ACTOR: 'alice', ...env }),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await closed
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (stdout += piece))
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (stderr += piece))
  // A command that reads nothing may have ended before.
  child.stdin.on('error', () => undefined).end(input)
  return {
    ended: closed.then(() => ({ code: child.exitCode, stdout, stderr })),
    printed: () => stdout,
    complained: () => stderr,
    interrupt: () => void child.kill('SIGINT'),
  }
}

export async function skald(
  t: Pick<Test, 'teardown'>,
  args: readonly string[],
  surroundings: Surroundings,
): Promise<Called> {
  return begin(t, args, surroundings).ended
}

/** In a shell, whose word for the command is `skald`. The exit code is that of the first in the pipe that failed. */
export async function inShell(
  t: Pick<Test, 'teardown'>,
  line: string,
  { url, env }: Surroundings,
): Promise<Called> {
  const setting = `set -o pipefail; unset NODE_OPTIONS; skald() { "${process.execPath}" "${ENTRY}" "$@"; }`
  const child = spawn('bash', ['--norc', '-c', `${setting}; ${line}`], {
    env: surroundings({ SKALD_URL: url, SKALD_ACTOR: 'alice', ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => void child.kill('SIGKILL'))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, stdout, stderr }
}
