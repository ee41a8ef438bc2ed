// What is printed to, and how wide it is.
import { styleText } from 'node:util'

export type Style = Parameters<typeof styleText>[0]

type Stream = NodeJS.WriteStream

/** Colours only where a terminal shows them; NO_COLOR and FORCE_COLOR are heard. */
export function paint(style: Style, text: string, stream: Stream = process.stdout): string {
  return text === '' ? '' : styleText(style, text, { stream })
}

/** Columns there are; Infinity where nobody looks, so that nothing is cut off in a pipe. */
export function widthOf(stream: Stream = process.stdout): number {
  if (stream.isTTY) return stream.columns || 80
  const told = Number(process.env['COLUMNS'])
  return Number.isInteger(told) && told > 0 ? told : Number.POSITIVE_INFINITY
}

export function print(...lines: string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}

/** Beside the output: a pipe does not get it. */
export function note(...lines: string[]): void {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''))
}
