/**
 * Cursors of the feed as text: opaque to the caller, short enough for an address though they name every transaction
 * that was in progress, and checked when they come back. Pure.
 */
import type { FeedCursor, TransactionsSeen } from '../store/transition-feed.ts'

/** Ten digits of base 36 are less than 2 ** 53. */
const NUMBER = '[0-9a-z]{1,10}'
const IN_PROGRESS_MAX = 2_000
const SEEN = `${NUMBER}(?:~${NUMBER}){0,${IN_PROGRESS_MAX}}`
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const CURSOR = new RegExp(
  `^([0-9a-f]{12})\\.(${SEEN})(?:\\.(${SEEN})\\.(${NUMBER})\\.(${UUID})\\.([0-9]{1,9}))?$`,
)

export function feedCursorText({ origin, seen, page }: FeedCursor): string {
  const parts = [origin, seenText(seen)]
  if (page !== undefined) {
    const { transaction, sagaId, seq } = page.after
    parts.push(seenText(page.until), shortOf(transaction), sagaId, String(seq))
  }
  return parts.join('.')
}

/** undefined for a text that is no cursor of ours. */
export function feedCursorOf(text: string): FeedCursor | undefined {
  const [, origin, seenPart, untilPart, transaction, sagaId, seq] = CURSOR.exec(text) ?? []
  if (origin === undefined || seenPart === undefined) return undefined
  const seen = seenOf(seenPart)
  if (untilPart === undefined) return seen && { origin, seen }
  const until = seenOf(untilPart)
  if (transaction === undefined || sagaId === undefined) return undefined
  const after = { transaction: longOf(transaction), sagaId, seq: Number(seq) }
  return seen && until && { origin, seen, page: { until, after } }
}

/** Those in progress are told by how far they are behind: most are near. */
function seenText({ before, inProgress }: TransactionsSeen): string {
  const distances = inProgress.map((id) => (Number(before) - Number(id)).toString(36))
  return [shortOf(before), ...distances].join('~')
}

function seenOf(text: string): TransactionsSeen | undefined {
  const [before = Number.NaN, ...distances] = text.split('~').map((part) => Number.parseInt(part, 36))
  if (distances.some((distance) => distance < 1 || distance > before)) return undefined
  return { before: String(before), inProgress: distances.map((distance) => String(before - distance)) }
}

const shortOf = (id: string) => Number(id).toString(36)
const longOf = (short: string) => String(Number.parseInt(short, 36))
