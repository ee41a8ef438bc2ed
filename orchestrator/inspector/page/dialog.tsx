/**
 * A dialog over the page: the browser itself keeps the focus within it, closes it on Escape and gives the focus back.
 * Nothing that was written in it is lost by a click beside it.
 */
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Icon } from './icon/icon.tsx'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly class?: string
  /** Id of what tells more of it. */
  readonly about?: string
  readonly children: ComponentChildren
}

export function Dialog({ title, onClose, class: more = '', about, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    // Closed, and not only gone: else the focus does not go back to where it came from.
    return () => element?.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      class={`dialog ${more}`}
      aria-labelledby={id}
      aria-describedby={about}
      onClose={({ currentTarget }) => {
        if (currentTarget.isConnected) onClose()
      }}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button
          type="button"
          class="button is-icon is-quiet"
          aria-label="Close"
          onClick={() => dialog.current?.close()}
        >
          <Icon name="close" />
        </button>
      </div>
      {children}
    </dialog>
  )
}
