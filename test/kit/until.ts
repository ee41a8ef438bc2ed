// Waiting for a condition instead of for a time.

/** Polls until `condition` gives a value; fails after `seconds`, naming what it waited for. */
export async function until<Value>(
  what: string,
  condition: () => Promise<Value | undefined | false>,
  seconds = 30,
): Promise<Value> {
  const givesUpAt = performance.now() + seconds * 1_000
  while (performance.now() < givesUpAt) {
    const value = await condition()
    if (value !== undefined && value !== false) return value
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`waited ${seconds} s in vain for ${what}`)
}
