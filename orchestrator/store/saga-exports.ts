/**
 * Whole sagas as text, in the form of a SagaFile: what is exported, archived and told again. Each is read at one moment
 * of the database, but for one that is so long that it is read in parts; a journal only grows, so those fit together.
 * What json columns hold is passed on as it is, and never parsed.
 *
 * It only reads: the process may die at any line.
 */
import { sql, type Kysely } from 'kysely'
import type { Definitions } from '../saga-file/definition.ts'
import { SAGA_FILE_FORMAT } from '../saga-file/saga-file.ts'
import type { SagaFilter } from './saga-filter.ts'
import { sagaPage } from './saga-page.ts'
import type { OrchestratorDatabase } from './schema.ts'

export interface ExportOptions {
  /** Without them every saga says `definition: null`. */
  readonly definitions?: Definitions
  /** JSON, for those sagas that have some; others say `null`. */
  readonly serviceEvents?: ReadonlyMap<string, string>
  /** Of what leaves the server; without it all is as it is stored. */
  readonly redaction?: FileRedaction | undefined
}

/** What may be seen of the texts of a saga, by the names of the members that may not. */
export interface FileRedaction {
  readonly names: readonly string[]
  of(saga: HeadText): SagaTexts
}

/** Of one saga, in the order in which its parts come. */
export interface SagaTexts {
  head<Head extends HeadText>(head: Head): Head
  rows<Row extends RowText>(rows: readonly Row[]): readonly Row[]
  events<Event extends EventText>(events: readonly Event[]): readonly Event[]
}

export type HeadText = Pick<Head, 'machine' | 'business_key' | 'input' | 'problem' | 'trouble'>
export type RowText = Pick<Row, 'event' | 'snapshot'>
export type EventText = Pick<EventRow, 'payload'>

export interface Pages {
  /** Only sagas older than this one. */
  readonly before?: string
  readonly limit: number
  readonly page: number
}

/** Rows of the journal that are held at a time: a snapshot is some kilobytes. */
const ROWS_MAX = 500

type Db = Kysely<OrchestratorDatabase>

export class SagaExports {
  readonly #db: Db

  /** In a transaction, all is read at its moment. */
  constructor(db: Db) {
    this.#db = db
  }

  /** The ids of those that the filter means, newest first, so many a page; those that come meanwhile are not among them. */
  async *pages(filter: SagaFilter, { before, limit, page }: Pages): AsyncGenerator<readonly string[]> {
    let [left, last] = [limit, before]
    while (left > 0) {
      const found = sagaPage({ filter, before: last ?? null, limit: Math.min(page, left) })
      const rows = await this.#db
        .selectFrom(found.as('page'))
        .select('page.saga_id')
        .orderBy('page.saga_id', 'desc')
        .execute()
      if (rows.length > 0) yield rows.map(({ saga_id }) => saga_id)
      if (rows.length < Math.min(page, left)) return
      left -= rows.length
      last = rows.at(-1)?.saga_id
    }
  }

  /**
   * A line for each of these sagas that is there, in their order; in pieces of bounded size, of which one may have many
   * lines or a part of one. Nothing is open between two pieces, so whoever takes them may take their time.
   */
  async *lines(sagaIds: readonly string[], options: ExportOptions = {}): AsyncGenerator<string> {
    for (const group of groupsOf(await lengthsOf(this.#db, sagaIds))) {
      const [first] = group
      if (first !== undefined && first.seq >= ROWS_MAX) yield* this.#longLine(first.saga_id, options)
      else yield await this.#shortLines(group, options)
    }
  }

  async #shortLines(group: readonly Length[], options: ExportOptions): Promise<string> {
    const ids = group.map(({ saga_id }) => saga_id)
    const { heads, rows, events } = await atOneMoment(this.#db, async (db) => {
      const heads = await headsOf(db, ids)
      return { heads, rows: await rowsOf(db, heads), events: await eventsOf(db, heads) }
    })
    await options.definitions?.learn(heads)
    const rowsBySaga = Map.groupBy(rows, ({ saga_id }) => saga_id)
    const eventsBySaga = Map.groupBy(events, ({ saga_id }) => saga_id)
    const lines = heads.map((saga) => {
      const shown = options.redaction?.of(saga) ?? AS_IT_IS
      const transitions = shown.rows(rowsBySaga.get(saga.saga_id) ?? []).map(rowText)
      const told = shown.events(eventsBySaga.get(saga.saga_id) ?? []).map(eventText)
      const begin = beginOf(shown.head(saga), options)
      return `${begin}${transitions.join(',')}],"events":[${told.join(',')}]${endOf(saga, options)}`
    })
    return lines.join('')
  }

  async *#longLine(sagaId: string, options: ExportOptions): AsyncGenerator<string> {
    const [saga] = await headsOf(this.#db, [sagaId])
    if (saga === undefined) return
    await options.definitions?.learn([saga])
    const shown = options.redaction?.of(saga) ?? AS_IT_IS
    yield beginOf(shown.head(saga), options)
    yield* this.#parts(saga, async (part) => {
      const rows = await rowsOf(this.#db, [saga], part)
      if (rows.length === 0) throw new Error(`saga ${sagaId} was removed while it was exported`)
      return shown.rows(rows).map(rowText)
    })
    yield '],"events":['
    yield* this.#parts(saga, async (part) =>
      shown.events(await eventsOf(this.#db, [saga], part)).map(eventText),
    )
    yield `]${endOf(saga, options)}`
  }

  async *#parts({ seq }: Head, read: (part: Part) => Promise<string[]>): AsyncGenerator<string> {
    let isFirst = true
    for (let fromSeq = 0; fromSeq <= seq; fromSeq += ROWS_MAX) {
      const texts = await read({ fromSeq, toSeq: Math.min(fromSeq + ROWS_MAX - 1, seq) })
      if (texts.length === 0) continue
      yield `${isFirst ? '' : ','}${texts.join(',')}`
      isFirst = false
    }
  }
}

interface Length {
  readonly saga_id: string
  readonly seq: number
}

/** Those that are held together; a long one is alone. */
function* groupsOf(lengths: readonly Length[]): Generator<readonly Length[]> {
  let [group, rows]: [Length[], number] = [[], 0]
  for (const length of lengths) {
    const more = length.seq + 1
    if (group.length > 0 && rows + more > ROWS_MAX) {
      yield group
      ;[group, rows] = [[], 0]
    }
    group.push(length)
    rows += more
  }
  if (group.length > 0) yield group
}

/** Journal and events of a short saga are taken as they were when its row said how long they are. */
async function atOneMoment<Value>(db: Db, read: (db: Db) => Promise<Value>): Promise<Value> {
  if (db.isTransaction) return await read(db)
  return await db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read)
}

async function lengthsOf(db: Db, sagaIds: readonly string[]): Promise<Length[]> {
  const { rows } = await sql<Length>`
    select saga_id, seq
    from unnest(${sagaIds}::uuid[]) with ordinality wanted (saga_id, place)
    join orchestrator.saga using (saga_id)
    order by place
  `.execute(db)
  return rows
}

/** What is `json` in the database is text here. */
interface Head extends Length {
  readonly partition: number
  readonly machine: string
  readonly version: string
  readonly status: string
  readonly state: string
  readonly step: string | null
  readonly business_key: string | null
  readonly trace: string | null
  readonly input: string
  readonly problem: string | null
  readonly trouble: string | null
  readonly created_at: Date
  readonly updated_at: Date
}

async function headsOf(db: Db, sagaIds: readonly string[]): Promise<Head[]> {
  const { rows } = await sql<Head>`
    select saga_id, partition, machine, version, status, state, step, seq, business_key, trace,
      input::text, problem::text, trouble::text, created_at, updated_at
    from unnest(${sagaIds}::uuid[]) with ordinality wanted (saga_id, place)
    join orchestrator.saga using (saga_id)
    order by place
  `.execute(db)
  return rows
}

interface Part {
  readonly fromSeq: number
  readonly toSeq: number
}

const ALL: Part = { fromSeq: 0, toSeq: 2_147_483_647 }

const wantedOf = (sagas: readonly Head[]) => sql`
  unnest(
    ${sagas.map(({ partition }) => partition)}::smallint[], ${sagas.map(({ saga_id }) => saga_id)}::uuid[]
  ) as wanted (partition, saga_id)`

/** By the whole primary key: on tables that were never analysed a join would read all that is stored for each of them. */
const SAGA_BY_SAGA = sql.raw('offset 0')

interface Row {
  readonly saga_id: string
  readonly seq: number
  readonly actor: string | null
  readonly event: string
  readonly timer: string | null
  readonly at: Date
  readonly state: string
  readonly snapshot: string
}

async function rowsOf(db: Db, sagas: readonly Head[], { fromSeq, toSeq } = ALL): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select row.*
    from ${wantedOf(sagas)}
    cross join lateral (
      select saga_id, seq, actor, event::text, timer, at, state, snapshot::text
      from orchestrator.transition t
      where t.partition = wanted.partition and t.saga_id = wanted.saga_id
        and t.seq between ${fromSeq} and ${toSeq}
      ${SAGA_BY_SAGA}
    ) row
    order by wanted.partition, wanted.saga_id, row.seq
  `.execute(db)
  return rows
}

interface EventRow {
  readonly saga_id: string
  readonly seq: number
  readonly type: string
  readonly payload: string
  readonly created_at: Date
}

async function eventsOf(db: Db, sagas: readonly Head[], { fromSeq, toSeq } = ALL): Promise<EventRow[]> {
  const { rows } = await sql<EventRow>`
    select row.*
    from ${wantedOf(sagas)}
    cross join lateral (
      select saga_id, seq, ordinal, type, payload::text, created_at
      from orchestrator.business_event e
      where e.partition = wanted.partition and e.saga_id = wanted.saga_id
        and e.seq between ${fromSeq} and ${toSeq}
      ${SAGA_BY_SAGA}
    ) row
    order by wanted.partition, wanted.saga_id, row.seq, row.ordinal
  `.execute(db)
  return rows
}

const AS_IT_IS: SagaTexts = { head: (head) => head, rows: (rows) => rows, events: (events) => events }

function beginOf(saga: Head, { definitions, redaction }: ExportOptions): string {
  const { partition: _partition, input, problem, trouble, ...plain } = saga
  const members = JSON.stringify(plain).slice(1, -1)
  const json = `"input":${onOneLine(input)},"problem":${onOneLine(problem)},"trouble":${onOneLine(trouble)}`
  const definition = definitions?.textOf(saga.machine, saga.version) ?? 'null'
  const head = `"format":"${SAGA_FILE_FORMAT}","exported_at":"${new Date().toISOString()}"`
  const redacted = redaction === undefined ? '' : `,"redacted":${JSON.stringify(redaction.names)}`
  return `{${head}${redacted},"saga":{${members},${json}},"definition":${definition},"transitions":[`
}

function endOf({ saga_id }: Head, { serviceEvents }: ExportOptions): string {
  return `,"service_events":${serviceEvents?.get(saga_id) ?? 'null'}}\n`
}

function rowText({ seq, actor, event, timer, at, state, snapshot }: Row): string {
  const plain = JSON.stringify({ seq, actor, timer, at, state }).slice(0, -1)
  return `${plain},"event":${onOneLine(event)},"snapshot":${onOneLine(snapshot)}}`
}

function eventText({ seq, type, payload, created_at }: EventRow): string {
  return `${JSON.stringify({ seq, type, created_at }).slice(0, -1)},"payload":${onOneLine(payload)}}`
}

/** JSON has line breaks between its members only, and there if a person wrote it into the database. */
const onOneLine = (json: string | null) => json?.replaceAll(/[\r\n]+/g, ' ') ?? 'null'
