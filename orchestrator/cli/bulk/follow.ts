// Follows a bulk until it is done or stopped, with a bar on a terminal. It survives a lost connection: the bulk does too.
import { setTimeout as sleep } from 'node:timers/promises'
import { isBulk, type Bulk } from '../client/bulks.ts'
import { NoAnswerError } from '../client/api-errors.ts'
import type { Client } from '../client/client.ts'
import { EXIT } from '../exit-codes.ts'
import { plain } from '../terminal/plain.ts'
import { live, progressLine } from '../terminal/live.ts'
import { note, paint } from '../terminal/screen.ts'

const EVERY_MS = 300

export async function follow(client: Client, begun: Bulk): Promise<Bulk> {
  const lines = live()
  const id = plain(begun.bulk_id)
  const interrupted = () => {
    lines.end()
    note(`It goes on without you: "skald bulk show ${id}" tells of it, "skald bulk stop ${id}" stops it.`)
    process.exit(EXIT.interrupted)
  }
  process.once('SIGINT', interrupted)
  try {
    let bulk = begun
    while (bulk.status === 'running') {
      await sleep(EVERY_MS)
      const next = await look(client, bulk)
      bulk = next ?? bulk
      const told =
        next === undefined ? paint('yellow', 'no answer, asking again', process.stderr) : countsOf(bulk)
      lines.draw([progressLine({ done: seenOf(bulk), total: bulk.total }, told)])
    }
    return bulk
  } finally {
    process.off('SIGINT', interrupted)
    lines.end()
  }
}

async function look(client: Client, { bulk_id }: Bulk): Promise<Bulk | undefined> {
  try {
    return await client.get({ path: `/api/bulk/${encodeURIComponent(bulk_id)}`, expected: isBulk })
  } catch (error) {
    if (error instanceof NoAnswerError && error.code !== undefined) return undefined
    throw error
  }
}

const seenOf = ({ applied, ignored, unknown, refused }: Bulk) => applied + ignored + unknown + refused

export function countsOf(bulk: Bulk): string {
  const { applied, refused, ignored, unknown, pending, total } = bulk
  const told = [
    count(refused, 'refused'),
    count(ignored, 'too late'),
    count(unknown, 'gone'),
    count(pending, 'under way'),
  ]
  return `${applied.toLocaleString('en')} of ${total.toLocaleString('en')} done${told.join('')}`
}

function count(number: number, word: string): string {
  return number > 0 ? ` · ${number.toLocaleString('en')} ${word}` : ''
}
