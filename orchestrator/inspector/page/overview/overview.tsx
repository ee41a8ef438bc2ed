/** All sagas as numbers on their chart. */
import './overview.css'
import { Icon } from '../icon/icon.tsx'
import { counts } from '../live.ts'
import { chosen, failure } from '../machines.ts'
import { ChosenVersion } from './chosen-version.tsx'
import { FirstSaga } from './first-saga.tsx'

export function Overview() {
  const of = chosen.value
  const isEmpty = counts.value !== null && counts.value.length === 0
  return (
    <div class="overview">
      {isEmpty && <FirstSaga />}
      {of === null ? <NoMachine /> : <ChosenVersion key={`${of.machine} ${of.version}`} of={of} />}
    </div>
  )
}

function NoMachine() {
  if (failure.value === null) return <p class="overview-words">Reading machines …</p>
  return (
    <p class="notice is-error" role="alert">
      <Icon name="alert" /> The machines could not be read. {failure.value}
    </p>
  )
}
