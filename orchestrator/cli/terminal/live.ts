// A few lines that are drawn again and again while something goes on: on a terminal only, so that logs and pipes get the
// outcome and nothing else.
import { createLogUpdate } from 'log-update'
import { paint, widthOf } from './screen.ts'

export interface Live {
  /** Instead of what stands there now. */
  draw(lines: readonly string[]): void
  /** Takes it away; `keep` leaves what was drawn last. */
  end(options?: { readonly keep: boolean }): void
}

/** On stderr, beside the output. */
export function live(stream: NodeJS.WriteStream = process.stderr): Live {
  if (!stream.isTTY) return { draw: () => undefined, end: () => undefined }
  const update = createLogUpdate(stream)
  return {
    draw: (lines) => update(lines.join('\n')),
    end: ({ keep } = { keep: false }) => {
      if (!keep) update.clear()
      // Gives the cursor back too.
      update.done()
    },
  }
}

const BAR_MAX = 40

/** `done` of `total` as a bar, with what there is to say behind it. */
export function progressLine(
  { done, total }: { readonly done: number; readonly total: number },
  told: string,
  stream: NodeJS.WriteStream = process.stderr,
): string {
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`
  const room = Math.min(BAR_MAX, widthOf(stream) - percent.length - told.length - 4)
  if (room < 8) return `${percent}  ${told}`
  const full = Math.round(share * room)
  const bar = paint('cyan', '█'.repeat(full), stream) + paint('dim', '░'.repeat(room - full), stream)
  return `${bar} ${percent}  ${told}`
}
