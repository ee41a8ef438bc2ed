/** Says what a verb will do, asks who does it and why, and tells what became of it. */
import { useSignal } from '@preact/signals'
import { useEffect, useId, useMemo, useRef } from 'preact/hooks'
import type { Chart } from '../../../chart/chart.ts'
import type { Story } from '../../../story/story.ts'
import { Icon } from '../icon/icon.tsx'
import { scopes } from '../machines.ts'
import type { OpenSaga } from '../types.ts'
import { Dialog } from '../dialog.tsx'
import { faultsAt } from './outcome.ts'
import { PlanView } from './plan-view.tsx'
import { VerbFields } from './verb-fields.tsx'
import { VerbForm } from './verb-form.ts'
import { LABELS, MEANINGS, type OfferedVerb } from './verb-list.ts'

export interface VerbDialogProps {
  readonly saga: OpenSaga
  readonly offered: OfferedVerb
  readonly story: Story
  readonly chart: Chart | null
  readonly onClose: () => void
  /** What became of it, in words. */
  readonly onTold: (told: string) => void
}

export function VerbDialog({ saga, offered, story, chart, onClose, onTold }: VerbDialogProps) {
  const versions = useMemo(() => versionsBeside(saga), [])
  const form = useMemo(() => new VerbForm(saga, offered, versions), [])
  const isShaken = useSignal(0)
  const about = useId()
  const body = useRef<HTMLFormElement>(null)
  useEffect(() => form.close, [])
  useEffect(() => {
    // Wherever it stands by now.
    void form.tryOut()
  }, [saga.seq])
  useEffect(() => {
    // Where it is wrong is where one has to go.
    body.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [isShaken.value])
  const { verb } = offered
  const isSending = form.isSending.value
  const onSubmit = async (event: Event) => {
    event.preventDefault()
    const told = await form.send()
    if (told === null) isShaken.value += 1
    else onTold(told)
  }
  return (
    <Dialog
      title={`${LABELS[verb]}: ${saga.business_key ?? saga.saga_id}`}
      onClose={onClose}
      class="verb-dialog"
      about={about}
    >
      <form ref={body} noValidate onSubmit={(event) => void onSubmit(event)}>
        <div class="dialog-body">
          <p class="verb-means">{sentence(MEANINGS[verb])}</p>
          <PlanView {...{ form, saga, story, chart }} id={about} />
          <VerbFields form={form} versions={versions} />
          <Told form={form} />
        </div>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            Not now
          </button>
          <button
            type="submit"
            class={`button is-primary ${verb === 'abandon' ? 'is-danger' : ''}`}
            aria-disabled={isSending}
          >
            {isSending ? 'Sending …' : form.trouble.value?.canRepeat === true ? 'Send again' : LABELS[verb]}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`

function versionsBeside({ machine, version }: OpenSaga): readonly string[] {
  const all = scopes.value.find((scope) => scope.machine === machine)?.versions ?? []
  return all.map((one) => one.version).filter((one) => one !== version)
}

const FIELDS = ['actor', 'reason', 'step', 'input', 'output', 'to']

/** What the server said, but for what stands at a field. */
function Told({ form }: { readonly form: VerbForm }) {
  const trouble = form.trouble.value
  if (trouble === null) return null
  const isAtFields =
    trouble.fields.length > 0 &&
    trouble.fields.every(({ field }) =>
      FIELDS.some((name) => faultsAt([{ field, message: '.' }], name) !== ''),
    )
  return (
    <p class={`notice ${trouble.canRepeat ? 'is-warning' : 'is-error'}`} role="alert">
      <Icon name="alert" />
      <span>{isAtFields ? 'Something in it does not fit: see above.' : trouble.text}</span>
    </p>
  )
}
