/** Keys that work wherever one is, but not while one writes. */

/** Whether it is a command: not a letter of a text, not another program's shortcut, not for a dialog that is open. */
export function isPlainKey(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
    return false
  return !isWriting(event.target) && document.querySelector('dialog[open]') === null
}

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return (
    target.isContentEditable ||
    target.matches('input:not([type=range], [type=checkbox], [type=radio]), textarea, select')
  )
}
