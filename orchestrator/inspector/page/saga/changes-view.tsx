/** What a transition changed in the context: member by member, before and after. */
import type { Change } from '../../../engine/replay/changes.ts'
import type { Moment } from './source.ts'

interface ChangesViewProps {
  readonly told: Moment | null
  /** Of the moment that is looked at: another one is shown only until that is here. */
  readonly seq: number
  readonly most?: number
}

export function ChangesView({ told, seq, most = Infinity }: ChangesViewProps) {
  if (told === null) return null
  const { changes } = told
  const rest = changes.length - most
  return (
    <div class="changes" aria-busy={told.seq !== seq}>
      <h3>{changes.length === 0 ? 'Nothing changed in the context' : 'Changed in the context'}</h3>
      <ul>
        {changes.slice(0, most).map((change) => (
          <ChangeView key={change.path} change={change} />
        ))}
      </ul>
      {rest > 0 && <p>and {rest} more: see Context.</p>}
    </div>
  )
}

export function ChangeView({ change }: { readonly change: Change }) {
  const { path, before, after } = change
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
  return (
    <li class={`change is-${kind}`}>
      <span class="change-kind">{kind}</span>{' '}
      <code class="change-path">{path === '' ? 'context' : path}</code>
      {before !== undefined && <del>{shortOf(before)}</del>}
      {kind === 'changed' && <span aria-hidden="true"> → </span>}
      {after !== undefined && <ins>{shortOf(after)}</ins>}
    </li>
  )
}

const LENGTH_MAX = 400

function shortOf(value: unknown): string {
  const text = JSON.stringify(value) ?? ''
  return text.length <= LENGTH_MAX ? text : `${text.slice(0, LENGTH_MAX)}…`
}
