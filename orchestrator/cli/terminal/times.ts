// Times as people read them. Pure.

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** How long ago, in one number, as the filters of `ls` take it: 90s, 15m, 2h, 3d. */
export function ageOf(instant: string, now = Date.now()): string {
  const ms = Math.max(0, now - Date.parse(instant))
  // From two of a unit on: 90s says more than 1m.
  const [name, unit] = UNITS.find(([, unit]) => ms >= 2 * unit) ?? ['s', 1_000]
  return Number.isNaN(ms) ? '' : `${Math.floor(ms / unit)}${name}`
}

/** Day and time by the clock of this machine. */
export function clockOf(instant: string): string {
  const date = new Date(instant)
  if (Number.isNaN(date.getTime())) return instant
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${timeOf(instant)}`
}

export function timeOf(instant: string): string {
  const date = new Date(instant)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
