// One saga until it ends: drawn anew on a terminal, line by line in a pipe.
import { setTimeout as sleep } from 'node:timers/promises'
import { isEnd } from '../../engine/status.ts'
import { isSaga, type Saga, type Transition } from '../client/answers.ts'
import type { Client } from '../client/client.ts'
import { pathOf } from '../client/find-saga.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Globals } from '../globals.ts'
import { portraitOf } from '../show/show.ts'
import { tellingOf, transitionsFrom } from '../show/telling.ts'
import { wordsOf } from '../show/words.ts'
import { live } from '../terminal/live.ts'
import { jsonOf, plain } from '../terminal/plain.ts'
import { paint, print, widthOf } from '../terminal/screen.ts'
import { painted } from '../terminal/statuses.ts'
import { timeOf } from '../terminal/times.ts'
import { patiently } from './patience.ts'

const EVERY_MS = 300

export async function watchOne(client: Client, found: Saga, { json }: Globals): Promise<ExitCode> {
  const id = found.saga_id
  const watched = process.stdout.isTTY && !json ? drawn(client) : listed(json)
  let saga = found
  let seq = 0
  try {
    for (;;) {
      const news = await patiently(() => transitionsFrom(client, id, seq))
      seq = (news.at(-1)?.seq ?? seq - 1) + 1
      await watched.tell(saga, news)
      // Read before the journal was: an end that it knows is in the journal too.
      if (isEnd(saga.status) && seq > saga.seq) break
      await sleep(EVERY_MS)
      saga = await patiently(() => client.get({ path: pathOf(id), expected: isSaga }))
    }
  } finally {
    watched.end()
  }
  return saga.status === 'done' ? EXIT.ok : EXIT.wrong
}

interface Watched {
  tell(saga: Saga, news: readonly Transition[]): Promise<void> | void
  end(): void
}

function listed(json: boolean): Watched {
  return {
    tell: (_saga, news) => print(...news.map((one) => (json ? jsonOf(one, 0) : lineOf(one)))),
    end: () => undefined,
  }
}

function lineOf({ at, seq, event, state }: Transition): string {
  return `${timeOf(at)}  ${String(seq).padStart(3)}  ${wordsOf(event)} → ${plain(state)}`
}

/** As `show` has it; between two transitions only the times go on. */
function drawn(client: Client): Watched {
  const lines = live(process.stdout)
  let telling: Awaited<ReturnType<typeof tellingOf>> | undefined
  return {
    tell: async (saga, news) => {
      if (telling === undefined || news.length > 0) telling = await patiently(() => tellingOf(client, saga))
      const hint = isEnd(saga.status)
        ? []
        : ['', paint('dim', `${painted(saga.status)} … Ctrl-C ends watching, not the saga.`)]
      lines.draw([...portraitOf({ ...telling, saga }, widthOf()), ...hint])
    },
    end: () => lines.end({ keep: true }),
  }
}
