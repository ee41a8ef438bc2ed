/** Whose pages may read or attach: those of the page's own origin, and those that a setting names. Pure. */

/** `allowed` as INSPECTOR_ATTACH_ORIGINS has them: a port may be `*`. */
export function isAllowedOrigin(origin: string, allowed: readonly string[]): boolean {
  return allowed.some((pattern) => {
    if (!pattern.endsWith(':*')) return origin === pattern
    const start = pattern.slice(0, -2)
    return (
      origin === start || (origin.startsWith(`${start}:`) && /^\d+$/.test(origin.slice(start.length + 1)))
    )
  })
}

/** `host` as the request named it, or the proxy in front of it: no page can choose either. */
export function isSameOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
}
