/** Who did what to a saga, when and why. */
import './audit.css'
import type { Deed, Moment, Story } from '../../../story/story.ts'
import { durationOf, timeOf } from '../format/format.ts'
import { Icon } from '../icon/icon.tsx'

export interface AuditProps {
  readonly story: Story
  readonly seq: number
  readonly onMoment: (seq: number) => void
}

export function Audit({ story, seq, onMoment }: AuditProps) {
  const { deeds, moments } = story
  const bySeq = new Map(moments.map((moment, index) => [moment.seq, { moment, before: moments[index - 1] }]))
  if (deeds.length === 0) return <p class="audit-none">Nobody has done anything to it by hand.</p>
  return (
    <ol class="audit">
      {deeds.map((deed) => (
        <DeedView
          key={deed.seq}
          deed={deed}
          led={ledTo(bySeq.get(deed.seq))}
          offsetMs={deed.at - (moments[0]?.at ?? deed.at)}
          isLater={deed.seq > seq}
          isCurrent={deed.seq === seq}
          onMoment={onMoment}
        />
      ))}
    </ol>
  )
}

/** Where it led, in words; of a migration, from which version to which. */
function ledTo(found: { readonly moment: Moment; readonly before: Moment | undefined } | undefined): string {
  if (found === undefined) return ''
  const { moment, before } = found
  const versions =
    before !== undefined && before.version !== moment.version
      ? `version ${before.version} → ${moment.version}, `
      : ''
  return moment.from === moment.to
    ? `${versions}at ${moment.to}`
    : `${versions}${moment.from ?? 'begun'} → ${moment.to}`
}

interface DeedProps {
  readonly deed: Deed
  readonly led: string
  readonly offsetMs: number
  readonly isLater: boolean
  readonly isCurrent: boolean
  readonly onMoment: (seq: number) => void
}

function DeedView({ deed, led, offsetMs, isLater, isCurrent, onMoment }: DeedProps) {
  const { at, verb, actor, reason, step, seq } = deed
  return (
    <li class={`deed ${isLater ? 'is-later' : ''} ${isCurrent ? 'is-current' : ''}`}>
      <span class="deed-icon">
        <Icon name="person" />
      </span>
      <div>
        <p class="deed-what">
          <b>{actor === '' ? 'Somebody' : actor}</b> <span class="deed-verb">{verb}</span>
          {step !== null && <code>{step}</code>}
        </p>
        {reason !== '' && <blockquote>{reason}</blockquote>}
        <p class="deed-led">{led}</p>
        <p class="deed-when">
          <time dateTime={new Date(at).toISOString()}>{timeOf(at).slice(0, 19)}</time>
          <span>+{durationOf(offsetMs)}</span>
          <button type="button" class="button is-quiet" onClick={() => onMoment(seq)}>
            Transition {seq}
          </button>
        </p>
      </div>
    </li>
  )
}
