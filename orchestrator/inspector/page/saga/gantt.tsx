/** The calls of a saga over time: forward in one lane, back in the other. */
import type { Story } from '../../../story/story.ts'

export interface GanttProps {
  readonly story: Story
  /** The moment that is looked at: what is later is dimmed. */
  readonly seq: number
  /** Milliseconds since the epoch: how far the calls that are still open reach. */
  readonly now: number
  readonly onMoment: (seq: number) => void
}

export function Gantt({ seq }: GanttProps) {
  return <figure class="gantt">{seq}</figure>
}
