/**
 * A part of the page that is loaded when it is first asked for: most who look at sagas repair none, and open no file.
 */
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'

type View<Props> = (props: Props) => ComponentChildren

/** `load` as of a module; told in place of it if it can not be loaded, as behind a lost connection. */
export function lazily<Props extends object>(load: () => Promise<View<Props>>): View<Props> {
  let loaded: View<Props> | undefined
  return function Lazy(props: Props) {
    const [isBroken, setBroken] = useState(false)
    const [, setLoaded] = useState(loaded !== undefined)
    useEffect(() => {
      if (loaded !== undefined) return
      const bring = async () => {
        loaded = await load()
        setLoaded(true)
      }
      bring().catch(() => setBroken(true))
    }, [])
    const Loaded = loaded
    if (Loaded !== undefined) return <Loaded {...props} />
    return isBroken ? (
      <p class="notice is-error" role="alert">
        This part of the page could not be loaded. Load the page anew when the server can be reached.
      </p>
    ) : null
  }
}
