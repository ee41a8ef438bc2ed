/** How long a caller that has waited to its end waits for the database to say how things stand. */
export const LOOK_MS = 5_000

/** The value, or undefined when it does not come within `ms`. */
export async function within<Value>(
  promise: Promise<Value> | undefined,
  ms: number,
): Promise<Value | undefined> {
  if (promise === undefined || ms <= 0) return undefined
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined)
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}
