// The two rails of one saga: steps down on the left, compensations up on the right, each on the rung of its step, with
// the path that this saga took. Pure but for colours.
import { cut } from '../terminal/cut.ts'
import stringWidth from 'string-width'
import type { SagaStatus } from '../../engine/ports.ts'
import { plain } from '../terminal/plain.ts'
import { paint, type Style } from '../terminal/screen.ts'
import { glyphOf, styleOf } from '../terminal/statuses.ts'
import type { Rung } from './rungs.ts'
import type { Call } from '../../story/story.ts'
import { durationOf } from '../../story/duration-words.ts'

export interface Drawing {
  readonly rungs: readonly Rung[]
  readonly calls: readonly Call[]
  readonly status: SagaStatus
  /** Of a saga that failed: whether all was undone. */
  readonly isUndone: boolean
  readonly now: number
}

/** One place on a rail. */
interface Node {
  readonly glyph: string
  readonly style: Style
  readonly name: string
  /** Behind the name. */
  readonly told: string
  /** Below it. */
  readonly why: string
  readonly isTaken: boolean
}

const NARROW = 64
const RAIL_MIN = 24
const RAIL_MAX = 56

export function railsOf(drawing: Drawing, width: number): string[] {
  const nameWidth = Math.max(6, ...drawing.rungs.map(({ step }) => stringWidth(plain(step))))
  const rungs = drawing.rungs.map((rung) => ({
    left: nodeOf(drawing, plain(rung.step), rung.doing, 'running'),
    right: rung.undoing.length === 0 ? null : nodeOf(drawing, plain(rung.step), rung.undoing, 'compensating'),
  }))
  const ends = endsOf(drawing)
  const all = { rungs, ends, nameWidth }
  if (width < NARROW) return stacked(all, width)
  return sideBySide(all, Math.min(RAIL_MAX, Math.floor((width - 2) / 2)))
}

interface Rails {
  readonly rungs: readonly { readonly left: Node; readonly right: Node | null }[]
  readonly ends: { readonly done: Node; readonly failed: Node }
  readonly nameWidth: number
}

function endsOf({ status, isUndone }: Drawing): Rails['ends'] {
  const end = (name: 'done' | 'failed', told = ''): Node => {
    const isTaken = status === name
    const look = isTaken ? { glyph: glyphOf(name), style: styleOf(name) } : NOT_TAKEN
    return { ...look, name, told: isTaken ? told : '', why: '', isTaken }
  }
  return { done: end('done'), failed: end('failed', isUndone ? '' : 'not all is undone') }
}

const NOT_TAKEN = { glyph: '·', style: 'dim' } as const

function nodeOf(
  { calls, status, now }: Drawing,
  name: string,
  invokes: readonly string[],
  moving: SagaStatus,
): Node {
  const own = calls.filter(({ invoke }) => invokes.includes(invoke))
  const last = own.at(-1)
  if (last === undefined) return { ...NOT_TAKEN, name, told: '', why: '', isTaken: false }
  const isLast = last === calls.at(-1)
  const isParked = status === 'parked' && isLast && last.outcome !== 'open'
  return {
    ...lookOf(last, isParked, moving),
    name,
    told: toldOf(own, now),
    why: whyOf(last),
    isTaken: true,
  }
}

function lookOf(
  { outcome, failure }: Call,
  isParked: boolean,
  moving: SagaStatus,
): Pick<Node, 'glyph' | 'style'> {
  if (isParked) return { glyph: glyphOf('parked'), style: styleOf('parked') }
  switch (outcome) {
    case 'open':
      return { glyph: glyphOf(moving), style: styleOf(moving) }
    case 'done':
    case 'by hand':
      return { glyph: '✓', style: 'green' }
    case 'left':
      return { glyph: '?', style: 'yellow' }
    case 'failed':
      return failure?.inDoubt === true ? { glyph: '?', style: 'yellow' } : { glyph: '✗', style: 'red' }
  }
}

function toldOf(calls: readonly Call[], now: number): string {
  const [first, last] = [calls[0], calls.at(-1)]
  if (first === undefined || last === undefined) return ''
  const took = durationOf((last.to ?? now) - first.from)
  const tries = calls.filter(({ fromSeq, toSeq }) => fromSeq !== toSeq).length
  if (tries > 1) return `${tries} tries in ${took}`
  return last.to === null ? `for ${took}` : took
}

function whyOf({ outcome, failure, deed }: Call): string {
  if (outcome === 'by hand' && deed !== null)
    return `${plain(deed.verb === 'skip' ? 'skipped' : 'completed')} by ${plain(deed.actor)}: ${plain(deed.reason)}`
  if (outcome === 'left')
    return deed === null ? 'left while the call was open' : `${plain(deed.verb)} by ${plain(deed.actor)}`
  if (outcome !== 'failed' || failure === null) return ''
  const { code, message } = failure
  return plain(message).includes(plain(code)) ? plain(message) : `${plain(code)}  ${plain(message)}`
}

function sideBySide({ rungs, ends, nameWidth }: Rails, railMax: number): string[] {
  const turn = turnOf(rungs, ends.failed)
  const rail = railWidth(rungs, nameWidth, railMax)
  const lines: string[] = []
  const both = (left: string, right: string, way = '') => {
    const room = Math.max(0, rail - stringWidth(left) - 1 - way.length)
    const between = way === '' ? ' '.repeat(room + 1) : ` ${paint(TURN, '─'.repeat(room) + way)}`
    lines.push(`  ${left}${right === '' ? '' : between + right}`.trimEnd())
  }
  both(paint('bold', 'doing'), paint('bold', 'undoing'))
  both('', cellOf(ends.failed, nameWidth, railMax))
  const top = rungs[0]?.right ?? null
  if (top !== null) both('', riseOf(ends.failed.isTaken && (top.isTaken || turn === 0)))
  rungs.forEach(({ left, right }, index) => {
    const isTurn = index === turn
    const isCorner = isTurn && right?.isTaken !== true
    const goal = right === null ? '' : cellOf(right, nameWidth, railMax)
    const way = isTurn ? (isCorner ? '─' : '▶ ') : ''
    both(cellOf(left, nameWidth, rail - 4), isCorner ? paint(TURN, '╯') : goal, way)
    const below = rungs[index + 1]
    const fall = fallOf((below?.left ?? ends.done).isTaken)
    const hasRise = right !== null && below?.right !== undefined && below.right !== null
    const isRisen = hasRise && right.isTaken && (below.right.isTaken || turn === index + 1)
    const why = { left: left.why, right: isCorner ? '' : (right?.why ?? '') }
    if (why.left !== '' || why.right !== '') {
      const [one, other] = [
        whyOn(fall, why.left, rail - 4),
        whyOn(hasRise ? sideOf(isRisen) : ' ', why.right, railMax),
      ]
      both(one, other)
    }
    both(fall, hasRise ? riseOf(isRisen) : '')
  })
  both(cellOf(ends.done, nameWidth, railMax), '')
  return lines
}

/** As wide as what stands on the left, with some room for the way across. */
function railWidth(rungs: Rails['rungs'], nameWidth: number, max: number): number {
  const widths = rungs.map(({ left }) =>
    Math.max(stringWidth(cellOf(left, nameWidth, max)), stringWidth(left.why) + 2),
  )
  return Math.min(max, Math.max(RAIL_MIN, ...widths) + 6)
}

/** Below a place on a rail, beside the rail that goes on. */
function whyOn(rail: string, why: string, width: number): string {
  return why === '' ? rail.trimEnd() : `${rail} ${paint('dim', cut(why, width - 2))}`
}

const TURN = 'yellow'
const fallOf = (isTaken: boolean) => (isTaken ? '│' : paint('dim', '┊'))
const sideOf = (isTaken: boolean) => (isTaken ? paint(TURN, '│') : paint('dim', '┊'))
const riseOf = (isTaken: boolean) => (isTaken ? paint(TURN, '▲') : paint('dim', '┊'))

/** The rung on which the way forward ended, where there is a way back. */
function turnOf(rungs: Rails['rungs'], failed: Node): number {
  const isBack = rungs.some(({ right }) => right?.isTaken === true) || (failed.isTaken && failed.told === '')
  return isBack ? rungs.findLastIndex(({ left }) => left.isTaken) : -1
}

function cellOf({ glyph, style, name, told, isTaken }: Node, nameWidth: number, width: number): string {
  if (!isTaken) return paint('dim', cut(`${glyph} ${name}`, width))
  const room = ' '.repeat(told === '' ? 0 : nameWidth - stringWidth(name) + 2)
  const rest = cut(told, Math.max(1, width - nameWidth - 4))
  return `${paint(style, glyph)} ${paint('bold', name)}${room}${rest}`
}

/** One rail below the other, for a terminal with room for one. */
function stacked({ rungs, ends, nameWidth }: Rails, width: number): string[] {
  const lines = [paint('bold', 'doing')]
  const add = (node: Node) => {
    lines.push(cellOf(node, nameWidth, width - 2))
    if (node.why !== '') lines.push(paint('dim', `  ${cut(node.why, width - 6)}`))
  }
  for (const { left } of rungs) add(left)
  add(ends.done)
  lines.push('', paint('bold', 'undoing'))
  for (const { right } of rungs.toReversed()) if (right !== null) add(right)
  add(ends.failed)
  return lines.map((line) => `  ${line}`.trimEnd())
}
