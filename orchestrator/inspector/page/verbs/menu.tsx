/** A button that shows more of them: closed by Escape, by a choice, or by going elsewhere. */
import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { Icon } from '../icon/icon.tsx'

export function Menu({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  const menu = useRef<HTMLDetailsElement>(null)
  const close = () => menu.current?.removeAttribute('open')
  return (
    <details
      ref={menu}
      class="menu"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || menu.current?.open !== true) return
        // The page has this key too.
        event.preventDefault()
        event.stopPropagation()
        close()
        menu.current.querySelector('summary')?.focus()
      }}
      onFocusOut={({ relatedTarget }) => {
        if (!(relatedTarget instanceof Node) || !menu.current?.contains(relatedTarget)) close()
      }}
    >
      <summary class="button">
        {label} <Icon name="down" />
      </summary>
      <div class="menu-items" onClick={close}>
        {children}
      </div>
    </details>
  )
}
