// `skald verify`: many sagas told again on changed code. It calls nobody, writes nothing, and opens no database.
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Globals } from '../globals.ts'
import { isForOperators } from '../operator-error.ts'
import { loadAgainst } from '../replay/against.ts'
import { live, progressLine } from '../terminal/live.ts'
import { jsonOf } from '../terminal/plain.ts'
import { note, print, widthOf } from '../terminal/screen.ts'
import { Judge, type Judged } from './judge.ts'
import { reportOf } from './report.ts'
import { sagasOf, type Sagas } from './sources.ts'

/** As commander has them. */
export interface VerifyOptions {
  readonly against: string
  readonly from?: readonly string[]
  readonly machine?: string
  readonly sample: number
}

export async function verify(globals: Globals, options: VerifyOptions): Promise<ExitCode> {
  try {
    const judge = new Judge(await loadAgainst(options.against))
    await judgeAll(judge, await sagasOf(globals, options))
    const { judged } = judge
    if (globals.json) print(jsonOf({ against: options.against, ...judged, verdict: verdictOf(judged) }))
    else print(...reportOf(judged, options.against, widthOf()))
    return exitCodeOf(judged)
  } catch (error) {
    // Whatever kept it from being told must not look like a difference.
    if (!isForOperators(error)) throw error
    note(error.message)
    return EXIT.trouble
  }
}

const DRAW_EVERY_MS = 100

async function judgeAll(judge: Judge, { files, total }: Sagas): Promise<void> {
  const screen = live()
  let [done, drawnAt] = [0, 0]
  try {
    for await (const file of files) {
      judge.judge(file)
      done += 1
      const now = performance.now()
      if (now - drawnAt < DRAW_EVERY_MS) continue
      drawnAt = now
      const told = `${done.toLocaleString('en')} sagas`
      // More may have come since they were counted.
      screen.draw([total === undefined ? told : progressLine({ done, total: Math.max(done, total) }, told)])
    }
  } finally {
    screen.end()
  }
}

function verdictOf({ differ, stranded, untold }: Judged): 'fits' | 'breaks' | 'untold' {
  if (differ > 0 || stranded > 0) return 'breaks'
  return untold > 0 ? 'untold' : 'fits'
}

function exitCodeOf(judged: Judged): ExitCode {
  switch (verdictOf(judged)) {
    case 'fits':
      return EXIT.ok
    case 'breaks':
      return EXIT.wrong
    case 'untold':
      return EXIT.trouble
  }
}
