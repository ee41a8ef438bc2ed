// `skald replay --step` in a pseudo terminal, which util-linux' script makes: node-pty would need a compiler.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { plainNode, surroundings } from '../crash/node-process.ts'
import { keptJournal } from '../kit/kept-journals.ts'
import { until } from '../kit/until.ts'
import { ENTRY } from './command.ts'

const { status, stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' })
const skip = status === 0 && stdout.includes('util-linux') ? false : 'there is no script of util-linux here'

interface Walking {
  readonly type: (keys: string) => void
  /** Resolves when the screen, as it was drawn last, shows this. */
  readonly shows: (what: RegExp) => Promise<string>
  /** All that was printed, until it ended. */
  readonly ended: () => Promise<{ code: number | null; printed: string }>
}

const { path } = keptJournal('1', 'skipped')

function walk(t: { teardown(end: () => unknown): void }, size = 'rows 30 cols 100'): Walking {
  // What stty says behind it tells whether the terminal was given back as it was.
  const node = `env ${plainNode(`"${ENTRY}"`).join(' ')}`
  const command = `stty ${size}; ${node} replay "${path}" --step; echo "code $?"; stty -a`
  const env = surroundings({ TERM: 'xterm', NO_COLOR: '1', SHELL: '/bin/sh' })
  const child = spawn('script', ['-qec', command, '/dev/null'], { env })
  const closed = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await closed
  })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (printed += piece))
  const screen = () => stripVTControlCharacters(printed.slice(printed.lastIndexOf('\u001B[H')))
  return {
    type: (keys) => void child.stdin.write(keys),
    shows: (what) => until(String(what), async () => what.test(screen()) && screen()),
    ended: async () => {
      await closed
      return { code: child.exitCode, printed }
    },
  }
}

const at = (seq: number) => new RegExp(`❯ +${seq} ✓`)

t.test('it is walked back and forth, with each transition open', { skip }, async (t) => {
  const { type, shows, ended } = walk(t)
  await shows(at(0))
  type(' ')
  await shows(at(1))
  type('\u001B[C')
  await shows(at(2))
  type('\u001B[D')
  const screen = await shows(at(1))
  t.match(screen, /▸ calls reserve at stocks/)
  t.match(screen, /2\/7 {2}→ on {2}← back/)
  type('s')
  t.match(await shows(/"status": "active"/), at(1))
  type('sG')
  t.match(await shows(at(6)), /✓ identical: 7 transitions/)
  type('\u001B[C')
  type('g')
  await shows(at(0))
  type('q')
  const { printed } = await ended()
  const own = printed.slice(printed.lastIndexOf('\u001B[?1049l'))
  t.match(own, /✓ identical: 7 transitions/, 'the verdict stays')
  t.match(own, /code 0/)
  t.notMatch(printed, '\u001B[3', 'no colours, as NO_COLOR says')
  t.match(own, / icanon/, 'the terminal is as it was')
  t.match(printed, '\u001B[?25h', 'the cursor is there again')
})

t.test('the terminal is given back on Ctrl-C', { skip }, async (t) => {
  const byKey = walk(t)
  await byKey.shows(at(0))
  byKey.type('\u0003')
  const { printed } = await byKey.ended()
  t.match(printed.slice(printed.lastIndexOf('\u001B[?1049l')), ' icanon')
})

t.test('a small terminal shows what has room', { skip }, async (t) => {
  const { type, shows, ended } = walk(t, 'rows 10 cols 40')
  const screen = await shows(at(0))
  const lines = screen.trimEnd().split(/\r*\n/)
  t.ok(lines.length <= 10)
  t.same(
    lines.filter((line) => line.length > 40),
    [],
  )
  type('q')
  await ended()
})
