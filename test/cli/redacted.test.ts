// `skald replay` and `skald verify` on a saga of which something is out of sight: what is missing is no difference.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { redactor } from '../../orchestrator/redact/redact.ts'
import { toLine, type SagaFile } from '../../orchestrator/saga-file/saga-file.ts'
import { keptJournal } from '../kit/kept-journals.ts'
import { skald } from './command.ts'

const NOWHERE = { url: 'http://127.0.0.1:1' }
const dir = t.testdir()
const { file } = keptJournal('1', 'done')

/** As an orchestrator exports it that redacts these. */
async function redacted(...names: string[]): Promise<string> {
  const redact = redactor({ names: new Set(names) })
  const shown = { ...(redact(file) as SagaFile), definition: file.definition, redacted: names }
  const path = join(dir, `${names.join('-')}.json`)
  await writeFile(path, toLine(shown))
  return path
}

t.test(
  'a replay that goes another way says that something is out of sight, and finds no difference',
  async (t) => {
    const path = await redacted('reservation_id')
    const { code, stdout } = await skald(t, ['replay', path], NOWHERE)
    t.equal(code, 2)
    t.match(
      stdout,
      /^\? untold: reservation_id of this saga is out of sight here \(REDACT\), and without it it can /m,
    )
    t.notMatch(stdout, 'differs')
    const json = await skald(t, ['replay', path, '--json'], NOWHERE)
    t.match(JSON.parse(json.stdout), {
      verdict: 'untold',
      difference: null,
      redacted: ['reservation_id'],
    })
  },
)

t.test('what is out of sight and decides nothing keeps no saga from being told', async (t) => {
  const path = await redacted('cart_id')
  const { code, stdout } = await skald(t, ['replay', path], NOWHERE)
  t.match(
    { code, stdout },
    { code: 0, stdout: /✓ identical: .*, but for what is out of sight here \(REDACT: cart_id\)\.$/m },
  )
})

t.test('verify counts it among those that can not be told', async (t) => {
  const path = await redacted('reservation_id')
  const { code, stdout } = await skald(t, ['verify', '--against', '1', '--from', path, '--json'], NOWHERE)
  t.equal(code, 2)
  t.match(JSON.parse(stdout), {
    verdict: 'untold',
    differ: 0,
    untold: 1,
    groups: [{ what: 'untold', why: 'reservation_id of it is out of sight here (REDACT).' }],
  })
})
