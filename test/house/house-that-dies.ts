/** A house that kills itself, by SIGKILL, while it writes a file of the archive or right behind it. */
import { Archive } from '../../orchestrator/house/archive.ts'
import { openHouseStore } from '../../orchestrator/house/house.ts'
import { sweep } from '../../orchestrator/house/sweep.ts'

const { DATABASE_URL = '', ARCHIVE_DIR = '', DIES = '' } = process.env
const archive = new Archive(ARCHIVE_DIR)

function die(): void {
  process.kill(process.pid, 'SIGKILL')
  // Whatever the system still has to do, no line behind this one runs.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

async function* dyingBehindTheFirst(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const piece of pieces) {
    yield piece
    if (DIES === 'while it writes') die()
  }
}

const { store } = openHouseStore({ url: DATABASE_URL, applicationName: 'dying house' })
await sweep(
  { status: 'done', olderThanMs: 60_000 },
  {
    store,
    signal: new AbortController().signal,
    async keep(sagas) {
      const kept = await archive.keep({ ...sagas, lines: dyingBehindTheFirst(sagas.lines) })
      if (DIES === 'behind the archive') die()
      return kept
    },
  },
)
