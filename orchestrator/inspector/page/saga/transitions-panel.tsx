/** Each transition of the saga on a line, and more about the one that is looked at. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { callsAt, type Moment } from '../../../story/story.ts'
import { durationOf, timeOf } from '../format/format.ts'
import { scrollTopFor, windowOf, type Seen } from '../list/windowing.ts'
import { ChangesView } from './changes-view.tsx'
import type { SagaModel } from './saga-model.ts'
import { useMoment } from './use-moment.ts'

/** As panels.css has it. */
const ROW_PX = 46
const HEAD_PX = 30

export function TransitionsPanel({ model }: { readonly model: SagaModel }) {
  return (
    <div class="transitions">
      <TransitionsTable model={model} />
      <MomentCard model={model} />
    </div>
  )
}

function TransitionsTable({ model }: { readonly model: SagaModel }) {
  const frame = useRef<HTMLDivElement>(null)
  const [seen, setSeen] = useState<Seen>({ scrollTop: 0, height: 600 })
  const { moments, calls } = model.story.value
  const { index } = model.looked.value
  const { from, to } = windowOf(seen, ROW_PX, moments.length)
  const first = moments[0]?.at ?? 0
  const tries = new Map(calls.map((call) => [call.toSeq, call.tryNumber]))
  useSeen(frame, setSeen)
  useEffect(() => {
    if (frame.current !== null) frame.current.scrollTop = scrollTopFor(index, rowsSeen(frame.current), ROW_PX)
  }, [index, seen.height])
  return (
    <div class="transitions-frame" ref={frame} tabIndex={0} role="region" aria-label="Transitions">
      <table aria-rowcount={moments.length + 1}>
        <thead>
          <tr>
            <th scope="col">#</th>
            <th scope="col">event, and where it led</th>
            <th scope="col">at, took</th>
          </tr>
        </thead>
        <tbody>
          {from > 0 && (
            <tr class="transitions-gap" aria-hidden="true" style={{ height: `${from * ROW_PX}px` }} />
          )}
          {moments.slice(from, to).map((moment, nth) => (
            <Row
              key={moment.seq}
              moment={moment}
              rowIndex={from + nth + 2}
              offsetMs={moment.at - first}
              tryNumber={tries.get(moment.seq) ?? 1}
              isCurrent={from + nth === index}
              isLater={from + nth > index}
              onGo={model.goToSeq}
            />
          ))}
          {to < moments.length && (
            <tr
              class="transitions-gap"
              aria-hidden="true"
              style={{ height: `${(moments.length - to) * ROW_PX}px` }}
            />
          )}
        </tbody>
      </table>
    </div>
  )
}

const rowsSeen = ({ scrollTop, clientHeight }: HTMLElement): Seen => ({
  scrollTop,
  height: clientHeight - HEAD_PX,
})

/** What is seen of it, whoever scrolls it or changes its size. */
function useSeen(frame: { readonly current: HTMLElement | null }, onSeen: (seen: Seen) => void): void {
  useLayoutEffect(() => {
    const element = frame.current
    if (element === null) return undefined
    const look = () => onSeen(rowsSeen(element))
    const observer = new ResizeObserver(look)
    observer.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [])
}

interface RowProps {
  readonly moment: Moment
  readonly rowIndex: number
  readonly offsetMs: number
  readonly tryNumber: number
  readonly isCurrent: boolean
  readonly isLater: boolean
  readonly onGo: (seq: number) => void
}

function Row({ moment, rowIndex, offsetMs, tryNumber, isCurrent, isLater, onGo }: RowProps) {
  const { seq, at, words, from, to, tookMs, failure, by, actor, standing } = moment
  const classes = [
    isCurrent && 'is-looked',
    isLater && 'is-later',
    failure !== null && 'is-failure',
    `by-${by}`,
  ]
  const told = `${actor === null ? '' : `${actor}: `}${words}${tryNumber > 1 ? ` · try ${tryNumber}` : ''}`
  const way = from === null || from === to ? to : `${from} → ${to}`
  return (
    <tr
      class={classes.filter(Boolean).join(' ')}
      aria-rowindex={rowIndex}
      aria-current={isCurrent ? 'step' : undefined}
      onClick={() => onGo(seq)}
    >
      <td class="is-number">{seq}</td>
      <td>
        <button type="button" class="transition-button" title={told}>
          {told}
        </button>
        <span class="transition-way" title={way}>
          {way}
        </span>
      </td>
      <td class="is-number">
        <span title={timeOf(at)}>+{durationOf(offsetMs)}</span>
        <span class="transition-took">
          {tookMs === null ? (standing === 'ended' ? '' : '…') : durationOf(tookMs)}
        </span>
      </td>
    </tr>
  )
}

/** What happened at the moment that is looked at. */
function MomentCard({ model }: { readonly model: SagaModel }) {
  const story = model.story.value
  const { index, seq } = model.looked.value
  const moment = story.moments[index]
  const { told } = useMoment(model, seq)
  if (moment === undefined) return null
  const { words, from, to, at, tookMs, deed, isExact, edges } = moment
  const open = callsAt(story, seq).filter((call) => call.outcome === 'open')
  return (
    <section class="moment" aria-label={`Transition ${seq}`} tabIndex={0}>
      <h2>
        #{seq} {words}
      </h2>
      <p class="moment-facts">
        {from !== null && from !== to ? `${from} → ${to}` : to} · {timeOf(at)}
        {tookMs !== null && ` · ${durationOf(tookMs)} until the next`}
      </p>
      {deed !== null && (
        <p>
          <b>{deed.actor}</b>: {deed.reason}
        </p>
      )}
      {open.length > 0 && <p>Calls then open: {open.map((call) => openWords(call)).join(', ')}</p>}
      {!isExact && edges.length > 0 && <p>Which way it took is the likeliest one, not a known one.</p>}
      <ChangesView told={told} seq={seq} most={8} />
    </section>
  )
}

function openWords({
  step,
  isCompensation,
  participant,
  tryNumber,
}: ReturnType<typeof callsAt>[number]): string {
  const what = `${isCompensation ? 'undo ' : ''}${step}`
  const whom = participant === null ? '' : ` at ${participant}`
  return `${what}${whom}${tryNumber > 1 ? `, try ${tryNumber}` : ''}`
}
