// Text that ends with … where there is no room for all of it. Pure.
import cliTruncate from 'cli-truncate'

/** To so many columns; Infinity cuts nothing. */
export function cut(text: string, columns: number): string {
  return Number.isFinite(columns) ? cliTruncate(text, Math.max(1, columns)) : text
}
