/** An exported saga with what is out of sight left out, part by part, as its parts come from the database as text. */
import type { EventText, FileRedaction, HeadText, RowText, SagaTexts } from '../store/saga-exports.ts'
import type { Redaction } from './redaction.ts'
import type { Shown } from './shown.ts'

/** Undefined where nothing is out of sight: then no text is parsed. */
export function fileRedaction(redaction: Redaction): FileRedaction | undefined {
  if (!redaction.isOn) return undefined
  const { names } = redaction
  return { names, of: ({ input }) => new RedactedTexts(redaction, redaction.about(JSON.parse(input))) }
}

/** Of one saga. What its rows hold is learned by them, so its head comes best behind those that are at hand. */
class RedactedTexts implements SagaTexts {
  readonly #redaction: Redaction
  readonly #shown: Shown

  constructor(redaction: Redaction, shown: Shown) {
    this.#redaction = redaction
    this.#shown = shown
  }

  head<Head extends HeadText>(head: Head): Head {
    const { input, problem, trouble } = head
    const shown = (text: string) => JSON.stringify(this.#shown.data(JSON.parse(text)))
    return {
      ...this.#redaction.key(head, this.#shown),
      input: JSON.stringify(this.#shown.member('input', JSON.parse(input))),
      problem: problem && shown(problem),
      trouble: trouble && shown(trouble),
    }
  }

  rows<Row extends RowText>(rows: readonly Row[]): readonly Row[] {
    const parsed = rows.map(({ event, snapshot }) => ({
      event: JSON.parse(event) as unknown,
      snapshot: JSON.parse(snapshot) as unknown,
    }))
    const told = this.#redaction.journal(parsed, this.#shown)
    return rows.map((row, index) => ({
      ...row,
      event: JSON.stringify(told[index]?.event),
      snapshot: JSON.stringify(told[index]?.snapshot),
    }))
  }

  events<Event extends EventText>(events: readonly Event[]): readonly Event[] {
    const parsed = events.map(({ payload }) => ({ payload: JSON.parse(payload) as unknown }))
    const told = this.#redaction.events(parsed, this.#shown)
    return events.map((event, index) => ({ ...event, payload: JSON.stringify(told[index]?.payload) }))
  }
}
