/** Whether the machines of today tell the saga as it was told. */
import './replay-check.css'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Story } from '../../../story/story.ts'
import { address, go } from '../address.ts'
import { ApiError } from '../api.ts'
import { Icon } from '../icon/icon.tsx'
import { scopes } from '../machines.ts'
import type { OpenSaga } from '../types.ts'
import { ChangeView } from './changes-view.tsx'
import { pointedBy, replayWords } from './replay-words.ts'
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

/** What came of it, and how long the saga was then. */
interface Checked {
  readonly replay: Replay
  readonly seq: number
}

export function ReplayCheck(props: ReplayCheckProps) {
  const { saga, story, onMoment } = props
  const { checked, fault, isChecking, check } = useCheck(props)
  const version = useSignal(address.peek().against ?? saga.version)
  return (
    <section class="replay-check">
      <p>
        The saga is told again by the code that is here, transition by transition, and compared with its
        journal. Nobody is called.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void check(version.value)
        }}
      >
        <label>
          <span>On version</span>
          <select
            class="field"
            value={version.value}
            onChange={({ currentTarget }) => (version.value = currentTarget.value)}
          >
            {versionsOf(saga).map((one) => (
              <option key={one} value={one}>
                {one === saga.version ? `${one} (its own)` : one}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" class="button" aria-disabled={isChecking}>
          <Icon name="retry" /> {isChecking ? 'Telling it …' : 'Check replay'}
        </button>
      </form>
      <div role="status">
        {fault !== '' && (
          <p class="notice is-error">
            <Icon name="alert" /> <span>{fault}</span>
          </p>
        )}
        {checked !== null && <Verdict checked={checked} saga={saga} story={story} onMoment={onMoment} />}
      </div>
    </section>
  )
}

function versionsOf({ machine, version }: OpenSaga): readonly string[] {
  const known = scopes.value.find((scope) => scope.machine === machine)?.versions ?? []
  return [version, ...known.map((one) => one.version).filter((one) => one !== version)]
}

const NOTHING: ReadonlySet<string> = new Set()

function useCheck({ source, saga, story, onReplay, onPointed }: ReplayCheckProps) {
  const checked = useSignal<Checked | null>(null)
  const fault = useSignal('')
  const isChecking = useSignal(false)
  const check = async (version: string) => {
    if (source.replay === null || isChecking.peek()) return
    isChecking.value = true
    fault.value = ''
    go({ against: version }, { replace: true })
    try {
      const replay = await source.replay(version)
      checked.value = { replay, seq: saga.seq }
      onReplay(replay)
    } catch (error) {
      checked.value = null
      fault.value = error instanceof ApiError ? error.message : String(error)
    } finally {
      isChecking.value = false
    }
  }
  useEffect(() => {
    const now = checked.value
    onPointed(now === null ? NOTHING : pointedBy(now.replay, story.moments))
  }, [checked.value, story])
  useEffect(() => {
    // A link to what somebody saw here.
    const { against } = address.peek()
    if (against !== undefined) void check(against)
    return () => onPointed(NOTHING)
  }, [])
  return { checked: checked.value, fault: fault.value, isChecking: isChecking.value, check }
}

interface VerdictProps extends Pick<ReplayCheckProps, 'saga' | 'story' | 'onMoment'> {
  readonly checked: Checked
}

/** Two machines may differ everywhere: the first members tell enough. */
const CHANGES_MAX = 12

function Verdict({ checked: { replay, seq }, saga, story, onMoment }: VerdictProps) {
  const { mark, title, text } = replayWords(replay, seq + 1, story.moments)
  const { difference } = replay
  const rest = (difference?.changes.length ?? 0) - CHANGES_MAX
  return (
    <div class={`verdict is-${mark}`}>
      <h3>
        <Icon name={mark} /> {title}
      </h3>
      <p>{text}</p>
      {difference !== null && (
        <>
          {difference.changes.length > 0 && (
            <ul class="verdict-changes" aria-label="Recorded before, now after">
              {difference.changes.slice(0, CHANGES_MAX).map((change) => (
                <ChangeView key={change.path} change={change} />
              ))}
            </ul>
          )}
          {rest > 0 && <p>and {rest} more</p>}
          <button type="button" class="button" onClick={() => onMoment(difference.seq)}>
            Go to transition {difference.seq}
          </button>
        </>
      )}
      {saga.seq > seq && <p class="verdict-old">It has moved since then: check it again.</p>}
    </div>
  )
}
