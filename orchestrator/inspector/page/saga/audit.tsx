/** Who did what to a saga, when and why. */
import type { Story } from '../../../story/story.ts'

export interface AuditProps {
  readonly story: Story
  readonly seq: number
  readonly onMoment: (seq: number) => void
}

export function Audit({ story }: AuditProps) {
  return <ol class="audit">{story.deeds.length}</ol>
}
