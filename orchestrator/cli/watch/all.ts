// The feed of all sagas, a line for each transition.
import { setTimeout as sleep } from 'node:timers/promises'
import { cut } from '../terminal/cut.ts'
import { isFeed, type Feed, type Happening } from '../client/answers.ts'
import type { Client } from '../client/client.ts'
import type { Globals } from '../globals.ts'
import { wordsOf } from '../show/words.ts'
import { jsonOf, plain } from '../terminal/plain.ts'
import { note, paint, print, widthOf } from '../terminal/screen.ts'
import { glyphOf, styleOf } from '../terminal/statuses.ts'
import { timeOf } from '../terminal/times.ts'
import { patiently } from './patience.ts'

const EVERY_MS = 300
const PAGE = 500

/** For ever. The first answer is only the cursor that means now, so it is asked for without patience. */
export async function watchAll(
  client: Client,
  { json }: Globals,
  machine: string | undefined,
): Promise<never> {
  const ask = async (after?: string): Promise<Feed> =>
    client.get({ path: '/api/transitions', expected: isFeed, query: { after, machine, limit: PAGE } })
  let { cursor } = await ask()
  if (!json && process.stdout.isTTY)
    note(paint('dim', 'Every transition from now on; Ctrl-C ends it.', process.stderr))
  for (;;) {
    const feed = await patiently(() => ask(cursor))
    print(...feed.transitions.map((one) => (json ? jsonOf(one, 0) : lineOf(one))))
    // A full page means that there is more already.
    if (feed.transitions.length < PAGE) await sleep(EVERY_MS)
    cursor = feed.cursor
  }
}

function lineOf({ at, saga_id, machine, version, status, event, state }: Happening): string {
  const width = widthOf()
  const head = [timeOf(at), plain(saga_id), `${plain(machine)}@${plain(version)}`].join('  ')
  const tail = `${wordsOf(event)} → ${plain(state)}`
  const glyph = paint(styleOf(status), glyphOf(status))
  return `${glyph} ${cut(`${head}  ${tail}`, Math.max(10, width - 2))}`
}
