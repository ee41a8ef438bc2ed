/**
 * What is looked at: a link shows a colleague the same moment, and the browser's own Back goes back. It is in the
 * fragment, so no server ever logs it.
 */
import { signal, type ReadonlySignal } from '@preact/signals'
import { changed, hashOf, read, type Address, type Changes } from './hash.ts'

const current = signal<Address>(read(location.hash))

export const address: ReadonlySignal<Address> = current

/** `replace` for what nobody would want to go back to, such as each letter of a search. */
export function go(changes: Changes, { replace = false } = {}): void {
  const next = changed(current.peek(), changes)
  const hash = hashOf(next)
  if (hash === hashOf(current.peek())) return
  history[replace ? 'replaceState' : 'pushState'](null, '', hash)
  current.value = next
}

/** For a link that does the same as `go`. */
export const hrefOf = (changes: Changes): string => hashOf(changed(current.value, changes))

/** The panel stays the one that was looked at last; the moment is another saga's. */
export const sagaHref = (saga: string): string => hrefOf({ saga, at: undefined, against: undefined })

export const closeSaga = (): void =>
  go({ saga: undefined, at: undefined, tab: undefined, against: undefined })

/** Also told by popstate where the browser knows both: the second changes nothing. */
function follow(): void {
  const next = read(location.hash)
  if (hashOf(next) !== hashOf(current.peek())) current.value = next
}

addEventListener('popstate', follow)
addEventListener('hashchange', follow)
