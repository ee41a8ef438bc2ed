// Other engines, each in a process of its own, so that nothing of theirs or ours is in the other's way.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { databaseNamed } from '../databases.ts'
import type { Measured } from '../load.ts'
import type { Candidate, Place } from './candidate.ts'

/** `openworkflow-unpolled` is openworkflow, whose callers need not ask for the end: see peers/README.md. */
export const PEERS = ['dbos', 'restate', 'openworkflow', 'openworkflow-unpolled']

export function peersAreInstalled(): boolean {
  return existsSync(new URL('../peers/node_modules', import.meta.url))
}

export async function peer(name: string, place: Place): Promise<Candidate> {
  const [engine, variant] = name.split('-')
  const folder = join(place.folder, name)
  await mkdir(folder, { recursive: true })
  const databaseUrl = await databaseNamed(`bench-${name}`, place.databaseUrl)
  const args = [place.stubs, databaseUrl, folder, ...(variant ? [variant] : [])]
  const child = fork(new URL(`../peers/${engine}.ts`, import.meta.url), args)
  await answerOf(child, name)
  return {
    name,
    async measure(concurrency, seconds) {
      child.send({ concurrency, seconds })
      return (await answerOf(child, name)) as Measured
    },
    async close() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

async function answerOf(child: ChildProcess, name: string): Promise<unknown> {
  const exited = new AbortController()
  const answer = once(child, 'message', { signal: exited.signal })
  child.once('exit', () => exited.abort(new Error(`${name} ended before it answered`)))
  const [message] = await answer
  return message
}
