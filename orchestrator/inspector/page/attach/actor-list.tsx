import { countedOf } from '../format/format.ts'
import { MarkIcon } from '../icon/icon.tsx'
import { treeOf, type Branch } from './actors.ts'
import { attachedActors, chosen } from './attached.ts'
import { markOf, statusOf, whereOf } from './standing.ts'

/** More rows help nobody, and cost each frame. */
const ROWS_MAX = 200

export function ActorList() {
  const actors = attachedActors()
  const branches = treeOf(actors.all())
  const left = branches.length - ROWS_MAX
  return (
    <nav class="attach-list" aria-label="Actors">
      <ul>
        {branches.slice(0, ROWS_MAX).map((branch) => (
          <ActorRow key={branch.actor.sessionId} branch={branch} />
        ))}
      </ul>
      {left > 0 && <p class="attach-hint">{countedOf(left, 'older actor')} not listed</p>}
      {actors.forgotten > 0 && (
        <p class="attach-hint">{countedOf(actors.forgotten, 'actor')} forgotten to make room</p>
      )}
    </nav>
  )
}

/** Deeper ones have no room to be further right. */
const DEPTH_MAX = 6

function ActorRow({ branch: { actor, depth } }: { readonly branch: Branch }) {
  const { sessionId, name, machine } = actor
  const head = (
    <>
      <MarkIcon mark={markOf(actor)} title={statusOf(actor)} />
      <span class="attach-name">{name}</span>
      <span class="attach-where">{machine === null ? 'no machine' : whereOf(actor)}</span>
    </>
  )
  return (
    <li class={`attach-depth-${Math.min(depth, DEPTH_MAX)}`}>
      <button
        type="button"
        class="attach-row"
        aria-current={chosen.value === sessionId}
        onClick={() => (chosen.value = sessionId)}
      >
        {head}
      </button>
    </li>
  )
}
