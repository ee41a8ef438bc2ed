/** The calls of a saga over time: forward in one lane, back in the other. A bar has the colour of how its call ended. */
import './gantt.css'
import { ganttOf, type Bar, type Gantt as GanttData, type Lane, type Wait } from '../../../story/gantt.ts'
import type { Story } from '../../../story/story.ts'
import { durationOf } from '../format/format.ts'
import { Icon } from '../icon/icon.tsx'
import { lookOf, stepOf, wordsOf } from './call-words.ts'
import { useChoice, type Choice } from './choice.ts'
import { ticksOf } from './ticks.ts'

export interface GanttProps {
  readonly story: Story
  /** The moment that is looked at: what is later is dimmed. */
  readonly seq: number
  /** Milliseconds since the epoch: how far the calls that are still open reach. */
  readonly now: number
  readonly onMoment: (seq: number) => void
}

interface Shown extends Bar {
  readonly index: number
  readonly isLater: boolean
}

const LANES: readonly { readonly lane: Lane; readonly label: string }[] = [
  { lane: 'forward', label: 'Forward' },
  { lane: 'compensation', label: 'Back' },
]

export function Gantt({ story, seq, now, onMoment }: GanttProps) {
  const gantt = ganttOf(story, { seq, now })
  const bars = [
    ...gantt.bars.map((bar) => ({ ...bar, isLater: false })),
    ...gantt.later.map((bar) => ({ ...bar, isLater: true })),
  ].map((bar, index) => ({ ...bar, index }))
  const choice = useChoice({
    count: bars.length,
    selected: bars.findLastIndex(({ isLater }) => !isLater),
    onPick: (index) => onMoment(momentOf(bars[index], seq)),
  })
  if (bars.length === 0) return <p class="gantt-none">It has called nobody yet.</p>
  return (
    <figure class="gantt" aria-label={`Calls over time, ${durationOf(gantt.tookMs)} in all`}>
      <div class="gantt-lanes" aria-label="Calls over time" {...choice.box}>
        {LANES.filter(({ lane }) => gantt.rows[lane] > 0).map(({ lane, label }) => (
          <LaneView key={lane} {...{ lane, label, gantt, bars, choice, now }} />
        ))}
      </div>
      <Axis gantt={gantt} story={story} seq={seq} />
    </figure>
  )
}

/** How it ended is what one wants to see of a call; of one that is open, how it began. */
function momentOf(bar: Shown | undefined, seq: number): number {
  return bar === undefined ? seq : (bar.call.toSeq ?? bar.call.fromSeq)
}

interface LaneProps {
  readonly lane: Lane
  readonly label: string
  readonly gantt: GanttData
  readonly bars: readonly Shown[]
  readonly choice: Choice
  readonly now: number
}

const ROW = 24

function LaneView({ lane, label, gantt, bars, choice, now }: LaneProps) {
  return (
    <div class="gantt-lane" role="group" aria-label={label}>
      <span class="gantt-label" aria-hidden="true">
        {label}
      </span>
      <div class="gantt-track" style={{ height: `${gantt.rows[lane] * ROW}px` }}>
        {gantt.waits
          .filter((wait) => wait.lane === lane)
          .map((wait) => (
            <WaitView key={`${wait.kind}-${wait.fromSeq}`} wait={wait} />
          ))}
        {bars
          .filter((bar) => bar.lane === lane)
          .map((bar) => (
            <BarView key={bar.index} bar={bar} choice={choice} now={now} />
          ))}
      </div>
    </div>
  )
}

/** A narrower share of the track has no room for words; of a long saga there are thousands. */
const READABLE = 0.008

const percent = (share: number) => `${(share * 100).toFixed(3)}%`

function BarView({ bar, choice, now }: Pick<LaneProps, 'choice' | 'now'> & { readonly bar: Shown }) {
  const { call, start, end, row, isLater, index } = bar
  const { glyph, mark } = lookOf(call)
  const words = `${wordsOf(call, now)}${isLater ? ' (later)' : ''}`
  const classes = [
    'gantt-bar',
    `is-${mark}`,
    ...(isLater ? ['is-later'] : []),
    ...(choice.at === index ? ['is-at'] : []),
  ]
  return (
    <div
      class={classes.join(' ')}
      style={{
        left: `min(${percent(start)}, 100% - 6px)`,
        width: percent(end - start),
        top: `${row * ROW + 2}px`,
      }}
      title={words}
      aria-label={words}
      {...choice.option(index)}
    >
      {end - start > READABLE && (
        <>
          <Icon name={glyph} />
          <span class="gantt-name">{stepOf(call)}</span>
        </>
      )}
    </div>
  )
}

function WaitView({ wait: { kind, start, end, tookMs, isCompressed } }: { readonly wait: Wait }) {
  const words = `${kind === 'parked' ? 'parked' : 'no call open'} for ${durationOf(tookMs)}`
  return (
    <div
      class={`gantt-wait is-${kind} ${isCompressed ? 'is-compressed' : ''}`}
      style={{ left: percent(start), width: percent(end - start) }}
      title={words}
      aria-hidden="true"
    >
      {end - start > READABLE && <span class="gantt-wait-text">{durationOf(tookMs)}</span>}
    </div>
  )
}

function Axis({ gantt, story, seq }: { readonly gantt: GanttData } & Pick<GanttProps, 'story' | 'seq'>) {
  const at = gantt.moments.findLast((moment) => moment.seq <= seq)?.at ?? 0
  return (
    <div class="gantt-axis" aria-hidden="true">
      <div class="gantt-scale">
        {ticksOf(gantt, story).map(({ share, label, isMinor }) => (
          <span
            key={share}
            class={`gantt-tick ${isMinor ? 'is-minor' : ''}`}
            style={{ left: percent(share) }}
          >
            {label}
          </span>
        ))}
        <span class="gantt-cursor" style={{ left: percent(at) }} />
      </div>
    </div>
  )
}
