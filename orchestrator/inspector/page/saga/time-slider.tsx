/** Where in the life of the saga one looks, transition by transition. */
import './time-slider.css'
import { durationOf, timeOf } from '../format/format.ts'
import { Icon } from '../icon/icon.tsx'
import type { GlyphName } from '../icon/glyphs.ts'
import { usePlay, useTimeKeys, type Play, type Speed } from './play.ts'
import type { SagaModel } from './saga-model.ts'

export function TimeSlider({ model }: { readonly model: SagaModel }) {
  const play = usePlay(model)
  useTimeKeys(model, play)
  const { index, last } = model.looked.value
  const moment = model.story.value.moments[index]
  const step = (to: number) => () => {
    play.stop()
    model.goTo(to)
  }
  return (
    <div class="time" role="group" aria-label="Time">
      <div class="time-buttons">
        <TimeButton glyph="first" label="First transition (Home)" isOff={index <= 0} onClick={step(0)} />
        <TimeButton glyph="back" label="Back (←)" isOff={index <= 0} onClick={step(index - 1)} />
        <TimeButton
          glyph={play.isPlaying ? 'pause' : 'play'}
          label={play.isPlaying ? 'Pause (Space)' : 'Play (Space)'}
          isOff={last <= 0}
          onClick={play.toggle}
        />
        <TimeButton glyph="forward" label="On (→)" isOff={index >= last} onClick={step(index + 1)} />
        <TimeButton glyph="last" label="Last transition (End)" isOff={index >= last} onClick={step(last)} />
        <SpeedButton play={play} />
      </div>
      <input
        type="range"
        class="time-range"
        min={0}
        max={Math.max(0, last)}
        step={1}
        value={Math.max(0, index)}
        aria-label="Transition"
        aria-valuetext={moment === undefined ? '' : `${moment.seq}: ${moment.words}, ${moment.to}`}
        onInput={({ currentTarget }) => {
          play.stop()
          model.goTo(currentTarget.valueAsNumber)
        }}
      />
      <Position model={model} />
      <LiveButton model={model} onClick={step(last)} />
    </div>
  )
}

interface TimeButtonProps {
  readonly glyph: GlyphName
  readonly label: string
  readonly isOff: boolean
  readonly onClick: () => void
}

/** One that can do nothing keeps its focus: at the end of a saga nobody wants to begin with Tab again. */
function TimeButton({ glyph, label, isOff, onClick }: TimeButtonProps) {
  return (
    <button
      type="button"
      class="button is-icon"
      title={label}
      aria-label={label}
      aria-disabled={isOff}
      onClick={isOff ? undefined : onClick}
    >
      <Icon name={glyph} />
    </button>
  )
}

function SpeedButton({ play: { speed, setSpeed } }: { readonly play: Play }) {
  const other: Speed = speed === 1 ? 10 : 1
  const label = `${speed}×: plays ${speed === 1 ? 'as fast as it was' : '10 times as fast'}, long waits cut`
  return (
    <button
      type="button"
      class="button is-icon"
      title={label}
      aria-label={label}
      onClick={() => setSpeed(other)}
    >
      {speed}×
    </button>
  )
}

function Position({ model }: { readonly model: SagaModel }) {
  const { index, last } = model.looked.value
  const { moments } = model.story.value
  const [first, moment, final] = [moments[0], moments[index], moments[last]]
  if (first === undefined || moment === undefined || final === undefined)
    return <output class="time-position" />
  return (
    <output class="time-position">
      <b>
        {moment.seq}/{final.seq}
      </b>{' '}
      · +{durationOf(moment.at - first.at)} ·{' '}
      <time title={timeOf(moment.at)}>{timeOf(moment.at).slice(11)}</time>
    </output>
  )
}

function LiveButton({ model, onClick }: { readonly model: SagaModel; readonly onClick: () => void }) {
  const { isLive } = model.looked.value
  const status = model.saga.value?.status
  const isOver = status === 'done' || status === 'failed' || model.source.kind === 'file'
  return (
    <button type="button" class="button live-button" aria-pressed={isLive} onClick={onClick}>
      <Icon name={isOver ? 'last' : 'live'} />
      {isOver ? 'End' : 'Live'}
    </button>
  )
}
