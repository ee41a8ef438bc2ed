/** What can be done with a saga where it stands: a button for what is likeliest, a menu for the rest. */
import type { Chart } from '../../../chart/chart.ts'
import type { Story } from '../../../story/story.ts'
import type { OpenSaga } from '../types.ts'

export interface VerbsProps {
  readonly saga: OpenSaga
  readonly story: Story
  /** Of its version; null where nobody knows it. */
  readonly chart: Chart | null
  /** It was told something, and may stand elsewhere now. */
  readonly onDone: () => void
}

export function Verbs({ saga }: VerbsProps) {
  return <div class="verbs">{saga.verbs.length}</div>
}
