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

/** How long something took: 8 ms, 1.25 s, 2 min 5 s, 3 h 20 min. */
export function durationOf(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${Number((ms / 1_000).toFixed(ms < 10_000 ? 2 : 1))} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return both([minutes, 'min'], [seconds % 60, 's'])
  const hours = Math.floor(minutes / 60)
  return hours < 48
    ? both([hours, 'h'], [minutes % 60, 'min'])
    : both([Math.floor(hours / 24), 'd'], [hours % 24, 'h'])
}

function both(...parts: readonly [count: number, unit: string][]): string {
  return parts.flatMap(([count, unit]) => (count > 0 ? [`${count} ${unit}`] : [])).join(' ')
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
