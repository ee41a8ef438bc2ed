/** Whether the machines of today tell the saga as it was told. */
import type { Story } from '../../../story/story.ts'
import type { OpenSaga } from '../types.ts'
import type { Replay, SagaSource } from './source.ts'

export interface ReplayCheckProps {
  readonly source: SagaSource
  readonly saga: OpenSaga
  readonly story: Story
  /** Told anew: with the edges that were really taken. Null while nobody asked. */
  readonly onReplay: (replay: Replay | null) => void
  /** Ids of states and edges where it differs, to be ringed on the chart. */
  readonly onPointed: (pointed: ReadonlySet<string>) => void
  readonly onMoment: (seq: number) => void
}

export function ReplayCheck({ saga }: ReplayCheckProps) {
  return <section class="replay-check">{saga.version}</section>
}
