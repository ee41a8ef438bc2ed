/**
 * A dialog over the page: the browser itself keeps the focus within it, closes it on Escape and gives the focus back.
 * Nothing that was written in it is lost by a click beside it.
 */
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Icon } from '../icon/icon.tsx'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  /** Something is under way that must be told to its end. */
  readonly isHeld?: boolean
  readonly class?: string
  readonly children: ComponentChildren
}

export function Dialog({ title, onClose, isHeld = false, class: more = '', children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog
      ref={dialog}
      class={`dialog ${more}`}
      aria-labelledby={id}
      onClose={onClose}
      onCancel={(event) => {
        if (isHeld) event.preventDefault()
      }}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button
          type="button"
          class="button is-icon is-quiet"
          aria-label="Close"
          disabled={isHeld}
          onClick={() => dialog.current?.close()}
        >
          <Icon name="close" />
        </button>
      </div>
      {children}
    </dialog>
  )
}
