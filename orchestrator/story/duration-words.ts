/** How long something took, as people read it. Pure. */

/** `8 ms`, `1.25 s`, `14.2 s`, `2 min 5 s`, `3 h 20 min`, `5 d 2 h`; behind a clock that went back, `−8 ms`. */
export function durationOf(ms: number): string {
  if (ms < 0) return `−${durationOf(-ms)}`
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${Number((ms / 1_000).toFixed(ms < 10_000 ? 2 : 1))} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return inTwo([minutes, 'min'], [seconds % 60, 's'])
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return inTwo([hours, 'h'], [minutes % 60, 'min'])
  return inTwo([Math.floor(hours / 24), 'd'], [hours % 24, 'h'])
}

type Part = readonly [count: number, unit: string]

const inTwo = (...parts: readonly Part[]) =>
  parts.flatMap(([count, unit]) => (count > 0 ? [`${count} ${unit}`] : [])).join(' ')
