/** How running sagas are moved to another version of their machine, on purpose. Pure, like the charts. */
import type { StateValue } from 'xstate'

/** A persisted snapshot, as the journal has it: plain JSON. */
export interface PersistedSnapshot {
  readonly status: string
  readonly value: StateValue
  readonly context: Readonly<Record<string, unknown>>
  /** Open steps and nested machines, by the id of their invoke. */
  readonly children: Readonly<Record<string, unknown>>
  readonly historyValue?: Readonly<Record<string, readonly { readonly id: string }[]>>
  /** Pending timers, by name; those of `after` are named for the state that waits. */
  readonly timers: Readonly<
    Record<string, { readonly event: { readonly type: string }; readonly dueAt: number }>
  >
}

interface Way {
  readonly from: string
  readonly to: string
}

/**
 * Where a saga that stands at `snapshot` goes on in the chart of another version; undefined where there is no way.
 * The result must fit that chart: the engine checks it before it commits it.
 */
export type Migrate = (snapshot: PersistedSnapshot, way: Way) => PersistedSnapshot | undefined
