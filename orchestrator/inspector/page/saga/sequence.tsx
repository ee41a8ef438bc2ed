/** Who was called when, and what came back, as a sequence diagram. */
import type { ToldEvent } from '../../../story/sequence.ts'
import type { Story } from '../../../story/story.ts'

export interface SequenceProps {
  readonly story: Story
  /** The moment that is looked at: what is later is dimmed. */
  readonly seq: number
  readonly events?: readonly ToldEvent[]
  readonly onMoment: (seq: number) => void
}

export function Sequence({ seq }: SequenceProps) {
  return <figure class="sequence">{seq}</figure>
}
