/** Times and numbers as people read them. Pure. */
export { durationOf } from '../../../story/duration-words.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How long ago, in one unit: `0 s`, `28 min`, `5 h`, `3 d`. Clocks differ: what is not yet is just now. */
export function agoOf(iso: string, now: number): string {
  const ms = Math.max(0, now - Date.parse(iso))
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`
  return `${Math.floor(ms / DAY)} d`
}

/** A moment in milliseconds since the epoch, by the clock on the wall here: `2026-11-22 08:45:21.123`. */
export function timeOf(ms: number): string {
  const at = new Date(ms)
  const day = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map(twoDigits).join('-')
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(':')
  return `${day} ${clock}.${String(at.getMilliseconds()).padStart(3, '0')}`
}

const twoDigits = (part: number) => String(part).padStart(2, '0')

/** `12,345`. */
export function numberOf(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

/** `12 KiB`, `5.3 MiB`. */
export function sizeOf(bytes: number): string {
  const mebibytes = bytes / 1_048_576
  return mebibytes >= 1 ? `${mebibytes.toFixed(1)} MiB` : `${Math.ceil(bytes / 1_024)} KiB`
}

/** `1 saga`, `12,345 sagas`. */
export function countedOf(count: number, one: string, many = `${one}s`): string {
  return `${numberOf(count)} ${count === 1 ? one : many}`
}

const UUID = /^([0-9a-f]{8})-([0-9a-f]{4}-){3}([0-9a-f]{12})$/i

/** A name as it is, but a UUID without its middle: those of one second begin alike, and end each in its own way. */
export function shortNameOf(name: string): string {
  const [, head, , tail] = UUID.exec(name) ?? []
  return head === undefined || tail === undefined ? name : `${head}…${tail}`
}

/** What tells one id from another to people: the end of a UUID v7, whose beginning is only the time. */
export function shortIdOf(sagaId: string): string {
  return sagaId.length > 12 ? sagaId.slice(-12) : sagaId
}
