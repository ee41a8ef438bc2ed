/**
 * A part of the page that is loaded when it is first asked for: most who look at sagas repair none, and open no file.
 */
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'

type View<Props> = (props: Props) => ComponentChildren

/** Behind all that is seen first. */
const QUIET_MS = 3_000

/** Loaded while there is a server: a file is looked at where there may be none. Who needs it asks again if it fails. */
export function ahead(load: () => Promise<unknown>): void {
  setTimeout(() => void load().catch(() => undefined), QUIET_MS)
}

interface LazyOptions {
  /** Whether it is needed where there is no server. */
  readonly isAhead?: boolean
}

/** `load` as of a module; told in place of it if it can not be loaded, as behind a lost connection. */
export function lazily<Props extends object>(
  load: () => Promise<View<Props>>,
  { isAhead = false }: LazyOptions = {},
): View<Props> {
  let loaded: View<Props> | undefined
  if (isAhead) ahead(async () => (loaded ??= await load()))
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
