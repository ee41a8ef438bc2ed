// The lives of a commande whose journals are kept for ever: what befalls its steps, and what a person does to it.
import type { Conduct } from './planned-steps.ts'

/** What an operator does once the saga stands there, or is parked. */
interface Deed {
  readonly when: string
  readonly verb: 'retry' | 'skip' | 'complete' | 'compensate' | 'cancel' | 'abandon' | 'migrate'
  readonly step?: string
  readonly output?: unknown
  readonly to?: string
}

export interface Tale {
  readonly name: string
  /** By step, `undo` in front for its compensation: what its calls meet, one after the other, and then nothing odd. */
  readonly conduct?: Readonly<Record<string, readonly Conduct[]>>
  readonly deeds?: readonly Deed[]
  /** Only of these versions. */
  readonly versions?: readonly string[]
}

export const tales: readonly Tale[] = [
  { name: 'done' },
  { name: 'refused-at-lock', conduct: { lock: ['refuses'] } },
  { name: 'refused-at-reserve', conduct: { reserve: ['refuses'] } },
  { name: 'refused-at-create', conduct: { create: ['refuses'] } },
  { name: 'in-doubt-at-lock', conduct: { lock: ['never answers'] } },
  { name: 'in-doubt-at-reserve', conduct: { reserve: ['never answers'] } },
  {
    name: 'in-doubt-at-create',
    conduct: { create: ['never answers', 'never answers', 'never answers', 'never answers'] },
  },
  {
    name: 'parked-and-tried-again',
    conduct: { create: ['refuses'], 'undo reserve': ['is away', 'is away'] },
  },
  {
    name: 'parked-and-retried',
    conduct: { create: ['refuses'], 'undo reserve': ['is away'] },
    deeds: [{ when: 'parked', verb: 'retry' }],
  },
  {
    name: 'skipped',
    conduct: { create: ['refuses'], 'undo reserve': ['is away'] },
    deeds: [{ when: 'parked', verb: 'skip' }],
  },
  {
    name: 'abandoned',
    conduct: { create: ['refuses'], 'undo lock': ['is away'] },
    deeds: [{ when: 'parked', verb: 'abandon' }],
  },
  {
    name: 'cancelled',
    conduct: { reserve: ['hangs'] },
    deeds: [{ when: 'doing.reserve', verb: 'cancel' }],
  },
  {
    name: 'compensated',
    conduct: { create: ['hangs'] },
    deeds: [{ when: 'doing.create', verb: 'compensate' }],
  },
  {
    name: 'completed',
    conduct: { create: ['hangs'] },
    deeds: [{ when: 'doing.create', verb: 'complete', output: { vente_id: 4711 } }],
  },
  {
    name: 'recovered-forward',
    conduct: { create: ['never answers'] },
    versions: ['2'],
  },
  {
    name: 'migrated',
    conduct: { reserve: ['hangs', 'refuses'] },
    deeds: [{ when: 'doing.reserve', verb: 'migrate', to: '2' }],
    versions: ['1'],
  },
]
