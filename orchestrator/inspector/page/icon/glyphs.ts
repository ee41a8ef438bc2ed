/** What icons are drawn from: paths in a square of 16 by 16, all of one weight. Pure. */
import type { SagaStatus } from '../types.ts'

export interface Glyph {
  readonly d: string
  readonly isFilled?: boolean
}

/** How a state, or a saga, fared. The same seven everywhere: in the list, on charts, in timelines. */
export type Mark = 'current' | 'done' | 'failed' | 'compensating' | 'compensated' | 'parked' | 'abandoned'

export const GLYPHS = {
  current: { d: 'M5 3.2v9.6l7.8-4.8z', isFilled: true },
  done: { d: 'M3 8.6l3.3 3.3L13 4.6' },
  failed: { d: 'M4 4l8 8M12 4l-8 8' },
  compensating: { d: 'M6.2 3L2.7 6.5 6.2 10M2.7 6.5h7a3.3 3.3 0 0 1 0 6.6H6.5' },
  compensated: { d: 'M3.4 5.4A5.2 5.2 0 1 1 2.8 8.7M3.2 2v3.6h3.6' },
  parked: { d: 'M4.4 3.2h2.4v9.6H4.4zM9.2 3.2h2.4v9.6H9.2z', isFilled: true },
  abandoned: { d: 'M8 2.4a5.6 5.6 0 1 1 0 11.2A5.6 5.6 0 0 1 8 2.4M4.1 4.1l7.8 7.8' },
  alert: { d: 'M8 2.2L14.6 13.6H1.4zM8 6.4v3.4M8 11.6v.2' },
  back: { d: 'M10 3L5 8l5 5' },
  bulk: { d: 'M2.5 4h7M2.5 8h7M2.5 12h4M9.5 11.6l1.8 1.8 3.2-3.8' },
  chart: { d: 'M2.5 2.5h5v4h-5zM8.5 9.5h5v4h-5zM5 6.5v5h3.5' },
  clock: { d: 'M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2M8 4.8V8l2.4 1.6' },
  close: { d: 'M4 4l8 8M12 4l-8 8' },
  copy: { d: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3' },
  dark: { d: 'M13 9.6A5.6 5.6 0 0 1 6.4 3 5.6 5.6 0 1 0 13 9.6z' },
  down: { d: 'M3 6l5 5 5-5' },
  download: { d: 'M8 2.5v7.5M4.8 7L8 10.2 11.2 7M2.5 13.5h11' },
  filter: { d: 'M2 3.5h12L9.5 8.8v4L6.5 11V8.8z' },
  first: { d: 'M12 3L7 8l5 5M4 3v10' },
  forward: { d: 'M6 3l5 5-5 5' },
  help: { d: 'M5.4 6A2.6 2.6 0 1 1 9 8.4c-.7.4-1 .8-1 1.6M8 12.6v.2' },
  last: { d: 'M4 3l5 5-5 5M12 3v10' },
  light: {
    d: 'M8 5.4a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.2M8 1.4v1.4M8 13.2v1.4M1.4 8h1.4M13.2 8h1.4M3.3 3.3l1 1M11.7 11.7l1 1M12.7 3.3l-1 1M4.3 11.7l-1 1',
  },
  link: {
    d: 'M6.8 9.2l2.4-2.4M7 4.6l1.6-1.6a3 3 0 0 1 4.3 4.3L11.3 9M9 11.4L7.4 13a3 3 0 0 1-4.3-4.3L4.7 7',
  },
  list: { d: 'M6 4h8M6 8h8M6 12h8M2.6 4h.1M2.6 8h.1M2.6 12h.1' },
  live: { d: 'M8 4.6a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8z', isFilled: true },
  lost: { d: 'M8 2.4a5.6 5.6 0 1 1 0 11.2A5.6 5.6 0 0 1 8 2.4M4.1 4.1l7.8 7.8' },
  open: { d: 'M2 12.8V3.4h4.2l1.6 1.8H13v2M2 12.8L4 7.2h10.4l-2 5.6z' },
  pause: { d: 'M4.4 3.2h2.4v9.6H4.4zM9.2 3.2h2.4v9.6H9.2z', isFilled: true },
  person: { d: 'M8 2.4a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6M2.8 13.6a5.2 4.4 0 0 1 10.4 0' },
  play: { d: 'M5 3.2v9.6l7.8-4.8z', isFilled: true },
  plus: { d: 'M8 3v10M3 8h10' },
  repair: {
    d: 'M3 13l5.2-5.2M7.6 5.4a3.2 3.2 0 0 1 4.2-3L9.9 4.3l.3 1.5 1.5.3 1.9-1.9a3.2 3.2 0 0 1-4.2 4.2',
  },
  retry: { d: 'M12.6 5.4A5.2 5.2 0 1 0 13.2 8.7M12.8 2v3.6H9.2' },
  search: { d: 'M7 2.6a4.4 4.4 0 1 1 0 8.8 4.4 4.4 0 0 1 0-8.8M10.3 10.3l3.4 3.4' },
  system: { d: 'M2 3h12v8H2zM5.5 13.6h5M8 11v2.6' },
  waiting: { d: 'M4 2.4h8M4 13.6h8M5 2.4c0 3 3 3.6 3 5.6s-3 2.6-3 5.6M11 2.4c0 3-3 3.6-3 5.6s3 2.6 3 5.6' },
} as const satisfies Readonly<Record<string, Glyph>>

export type GlyphName = keyof typeof GLYPHS

const MARK_OF: Readonly<Record<SagaStatus, Mark>> = {
  running: 'current',
  compensating: 'compensating',
  parked: 'parked',
  done: 'done',
  failed: 'failed',
}

/** A status that only a later Skald knows looks as if it ran on. */
export const markOf = (status: string): Mark =>
  Object.hasOwn(MARK_OF, status) ? MARK_OF[status as SagaStatus] : 'current'
