// `skald replay --step`: the transitions as a list, one of them open, walked by keypress. On the terminal's other screen,
// so that what stood there comes back; and the terminal is as it was whatever ends it.
import { emitKeypressEvents } from 'node:readline'
import cliTruncate from 'cli-truncate'
import { EXIT } from '../exit-codes.ts'
import type { Retold } from '../../engine/replay/replay.ts'
import { jsonOf } from '../terminal/plain.ts'
import { paint } from '../terminal/screen.ts'
import { effectLines, headLines, screenOf, transitionLine, verdictLines, type Screen } from './lines.ts'
import { Listener, type Told, type Verdict } from './told.ts'

interface Key {
  readonly name?: string
  readonly ctrl?: boolean
  readonly shift?: boolean
  readonly sequence?: string
}

interface Walk {
  readonly told: Told
  readonly transitions: readonly Retold[]
  readonly verdict: Verdict
}

/** Where one stands in it. */
export interface Place {
  /** Index of the transition that is open. */
  readonly open: number
  readonly showsSnapshot: boolean
  /** Lines of the open one that are above the screen. */
  readonly scrolled: number
}

/** Resolves when it is left. */
export async function walk(told: Told): Promise<Verdict> {
  const listener = new Listener(told.file)
  const transitions = [...told.transitions]
  for (const retold of transitions) listener.hear(retold)
  const { verdict } = listener
  const all = { told, transitions, verdict }
  const { stdin, stdout } = process
  const left = Promise.withResolvers<void>()
  let place: Place = { open: 0, showsSnapshot: false, scrolled: 0 }
  const draw = () => {
    const { columns, rows } = stdout
    const lines = linesOf(all, place, { width: columns || 80, height: rows || 24 })
    stdout.write(`\u001B[H${lines.map((line) => `${line}\u001B[K`).join('\r\n')}\u001B[J`)
  }
  const onKey = (_text: string | undefined, key: Key) => {
    const next = afterKey(place, key, transitions.length)
    if (next === undefined) return left.resolve()
    place = next
    draw()
  }
  const giveBack = takeTerminal()
  stdin.on('keypress', onKey)
  stdout.on('resize', draw)
  try {
    draw()
    await left.promise
  } finally {
    stdin.off('keypress', onKey)
    stdout.off('resize', draw)
    giveBack()
  }
  return verdict
}

const OTHER_SCREEN = '\u001B[?1049h\u001B[?25l'
const OWN_SCREEN = '\u001B[?25h\u001B[?1049l'
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Raw keys and the other screen; the function that comes back undoes it, as does any end of the process. */
function takeTerminal(): () => void {
  const { stdin, stdout } = process
  let isTaken = true
  const giveBack = () => {
    if (!isTaken) return
    isTaken = false
    stdin.setRawMode(false)
    stdin.pause()
    stdout.write(OWN_SCREEN)
    process.off('exit', giveBack)
    for (const signal of SIGNALS) process.off(signal, end)
  }
  const end = () => {
    giveBack()
    process.exit(EXIT.interrupted)
  }
  process.on('exit', giveBack)
  for (const signal of SIGNALS) process.on(signal, end)
  emitKeypressEvents(stdin)
  stdin.setRawMode(true)
  stdin.resume()
  stdout.write(OTHER_SCREEN)
  return giveBack
}

const BACK = new Set(['left', 'up', 'k', 'h', 'p', 'backspace'])
const ON = new Set(['right', 'down', 'j', 'l', 'n', 'space', 'return', 'enter'])
const PAGE = 10

/** Pure. Undefined for the keys that leave. */
export function afterKey(
  place: Place,
  { name = '', ctrl, shift, sequence }: Key,
  count: number,
): Place | undefined {
  const to = (open: number): Place => ({
    ...place,
    open: Math.min(Math.max(0, open), Math.max(0, count - 1)),
    scrolled: 0,
  })
  const { open, scrolled } = place
  if ((ctrl === true && (name === 'c' || name === 'd')) || name === 'q' || name === 'escape') return undefined
  if (sequence === 'G' || (name === 'g' && shift === true) || name === 'end') return to(count - 1)
  if (name === 'g' || name === 'home') return to(0)
  if (name === 's') return { ...place, showsSnapshot: !place.showsSnapshot, scrolled: 0 }
  if (name === 'pagedown' || name === 'd') return { ...place, scrolled: scrolled + PAGE }
  if (name === 'pageup' || name === 'u') return { ...place, scrolled: Math.max(0, scrolled - PAGE) }
  if (BACK.has(name)) return to(open - 1)
  if (ON.has(name)) return to(open + 1)
  return place
}

const KEYS = '→ on  ← back  g/G ends  s snapshot  d/u scroll  q quit'

/** Pure but for colours. As many lines as the screen has. */
export function linesOf(
  { told, transitions, verdict }: Walk,
  { open, showsSnapshot, scrolled }: Place,
  { width, height }: { readonly width: number; readonly height: number },
): string[] {
  const screen = screenOf(told, width - 2)
  const head = headLines(told, width)
  const retold = transitions[open]
  const end = open === transitions.length - 1 ? ['', ...verdictLines(told, verdict, width - 2)] : []
  const detail = retold === undefined ? [] : [...detailOf(retold, screen, showsSnapshot), ...end]
  const foot = paint('dim', cliTruncate(`${open + 1}/${transitions.length}  ${KEYS}`, width))
  const room = Math.max(2, height - head.length - 2)
  const listHeight = Math.min(transitions.length, Math.max(1, Math.floor(room / 3)))
  const list = listOf(transitions, open, { ...screen, height: listHeight })
  const below = room - list.length
  const from = Math.min(scrolled, Math.max(0, detail.length - below))
  const shown = detail.slice(from, from + below).map((line) => cliTruncate(line, width))
  const blank = Array.from({ length: Math.max(0, below - shown.length) }, () => '')
  return [...head, ...list, paint('dim', '─'.repeat(width)), ...shown, ...blank, foot].slice(-height)
}

function listOf(
  transitions: readonly Retold[],
  open: number,
  { height, ...screen }: Screen & { readonly height: number },
): string[] {
  const from = Math.min(Math.max(0, open - Math.floor(height / 2)), Math.max(0, transitions.length - height))
  return transitions.slice(from, from + height).map((retold, index) => {
    const [line = ''] = transitionLine(retold, screen)
    return from + index === open ? `${paint(['cyan', 'bold'], '❯')} ${line}` : `  ${line}`
  })
}

function detailOf(retold: Retold, screen: Screen, showsSnapshot: boolean): string[] {
  if (showsSnapshot) return jsonOf(retold.snapshot).split('\n')
  return [...transitionLine(retold, screen), ...effectLines(retold, screen)]
}
