// The stable codes, with their statuses found in the source and their meanings written here. A code without a meaning,
// a meaning without a code, and a call whose code cannot be read, are errors.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { markdownTable } from './markdown.ts'

const root = join(import.meta.dirname, '../..')
const here = 'test/readme/errors-table.ts'

/** Of problem documents. */
const answers: Record<string, string> = {
  acceptation_inconnue:
    'Nobody knows whether the saga, or the event, was accepted. Ask again with the same `Idempotency-Key`.',
  adresse_invalide: 'The address cannot be read, or a part of it is too long.',
  base_injoignable: 'The database cannot be reached, or takes no writes, at the moment. Try again.',
  base_occupee: 'Too many calls change the same rows at once. Try again.',
  cle_reutilisee: 'The `Idempotency-Key` came before with another request. Use a new one.',
  corps_trop_grand: 'The body is larger than 1 MiB, or than 64 KiB for an event.',
  corps_vide: 'There is no body where one is needed.',
  deja_annule: 'The saga has undone this step already, so that it can no longer happen.',
  emetteur_injoignable: 'The keys of the issuer of JWTs cannot be had at the moment. Try again.',
  en_tete_invalide: 'A header has the wrong form. `errors` names it.',
  en_tetes_trop_grands: 'The headers are larger than 16 KiB.',
  erreur_interne: 'A fault of ours. The log of the process tells more.',
  evenement_inconnu:
    'No state of the machine knows such an event. `accepts` names those that the saga takes now.',
  evenement_refuse: 'The saga takes no such event where it stands. `accepts` names those that it does.',
  hote_refuse:
    'Where nobody is asked who they are, calls are answered on this machine alone: call it as localhost.',
  indisponible: 'The process behind the gateway cannot be reached. Try again.',
  interdit: 'The token has not the role that this takes; `detail` names it.',
  json_invalide: 'The body is not JSON.',
  machine_illisible: 'What was sent can not be drawn as a machine.',
  machine_inconnue: 'There is no such machine.',
  magasin_different: 'The cart belongs to another magasin.',
  migration_refusee: 'The saga cannot be moved to that version where it stands. `why` tells why.',
  masse_inconnue: 'There is no such bulk.',
  masse_terminee: 'The bulk is done: there is nothing left to stop or to resume.',
  non_authentifie: 'There is no token, or it is not known, not any more, or has expired.',
  occupe: 'Too much is asked at the moment; nothing was begun. Try again.',
  origine_refusee: 'A page of another origin may not call this: see INSPECTOR_ATTACH_ORIGINS.',
  panier_inconnu: 'There is no such cart.',
  panier_verrouille: 'The cart is locked by another saga or person.',
  panier_vide: 'The cart has no lines.',
  pas_pret: 'The process cannot do its work at the moment.',
  reponse_perdue:
    'The answer was lost on its way. What was asked may have been done: ask again with the same key.',
  requete_illisible: 'This is no request of HTTP/1.1.',
  requete_invalide: 'A field or header is missing, wrong or too much. `errors` names each.',
  requete_trop_lente: 'The request did not arrive whole in time: 10 s for its headers, 30 s in all.',
  reservation_existante: 'There is a reservation of that id with other content.',
  reservation_inconnue: 'There is no such reservation.',
  reservation_liberee: 'The reservation was released before.',
  route_inconnue: 'There is nothing at this address, or not by this method.',
  saga_impossible: 'The machine cannot begin with this input. Nothing was accepted.',
  saga_inconnue: 'There is no such saga.',
  stock_inconnu: 'The magasin was never given any of this produit.',
  stock_insuffisant: 'Too few pieces are left. `manquants` tells of which produits.',
  transition_inconnue: 'The saga has no such transition.',
  trop_d_appels: 'The token calls more often than it may. Retry-After tells when to come again.',
  trop_d_evenements: 'A hundred events wait for this saga already. Nothing was accepted; try again.',
  type_non_supporte: 'The body is not sent as `application/json`.',
  verbe_refuse: 'The saga does not allow the verb where it stands. `possible` names those that it does.',
  vente_inconnue: 'There is no such vente.',
  websocket_attendu: 'This address speaks WebSocket only: ask for the upgrade.',
}

/** Of sagas: `last_error`, `parked`, and `error` in the answers 409 and 502. */
const failures: Record<string, string> = {
  ABANDONED: 'A person gave the saga up: what it had begun is not undone.',
  CANCELLED: 'The saga was cancelled for its caller, and undone.',
  COMPENSATED: 'A person had the saga undone.',
  FAILED: 'The machine ended as failed and gave no error.',
  HTTP_: 'The participant answered this status, with no code of its own.',
  MACHINE_FAILED: 'The machine itself threw. The saga is parked.',
  MACHINE_UNKNOWN: 'No machine of that name and version is registered any more. The saga is parked.',
  NO_ADDRESS: 'No address is set for the participant.',
  NO_ATTEMPT: 'The step was called before a restart, and nobody saw the answer.',
  NOT_CALLED: 'The saga went on while the call waited for its turn: it was surely not made.',
  OPERATOR: 'A person acted on the saga, and its chart undid it.',
  REFUSED: 'The participant refused with a 4xx and no code of its own.',
  REPLY_DOES_NOT_FIT: "The answer does not fit the step's schema. The step is in doubt.",
  REPLY_TOO_LARGE: 'The answer is larger than 1 MiB, and was not read to its end. The step is in doubt.',
  REQUEST_NOT_MADE: 'The request could not be made from the input of the step.',
  SNAPSHOT_DOES_NOT_FIT: 'The stored snapshot does not fit its machine. The saga is parked.',
  STEP_BROKEN: 'The step itself threw. It is in doubt.',
  TURNED_BACK: 'An event turned the saga back, and its chart notes no error.',
  UNEXPECTED: 'The call broke in a way that nobody foresaw. The step is in doubt.',
  WRITE_REFUSED: 'Postgres refused the write of a transition. The saga is parked.',
}

/** Calls that hand on the code of somebody else. */
const handingOn = new Set([
  'status, code, detail',
  "http, error?.code ?? 'FAILED', detailOf(error, isUndone)",
  'home',
  // Methods of these names, in cli/demo/shop.ts and engine/notices.ts.
  '',
  'refusal, redaction.aboutSaga(saga)',
  'before: Problem | null, problem: Problem, now: Stands, moment: Moment',
])

export function errorsTable(): string {
  const statuses = statusesByCode()
  checkSame('problem', [...statuses.keys()], Object.keys(answers))
  checkSame('failure', failureCodes(), Object.keys(failures))
  const answered = Object.entries(answers).map(([code, meaning]) => [
    `\`${code}\``,
    [...(statuses.get(code) ?? [])].sort().join(', '),
    meaning,
  ])
  const failed = Object.entries(failures).map(([code, meaning]) => [
    code === 'HTTP_' ? '`HTTP_500` …' : `\`${code}\``,
    meaning,
  ])
  return [
    markdownTable(['`code`', 'status', 'meaning'], answered),
    [
      'In `error`, `last_error` and `parked` stands the `code` that the participant answered, or that of the connection',
      '(`ECONNREFUSED`, `ETIMEDOUT` …), or one of these:',
    ].join('\n'),
    markdownTable(['`code`', 'meaning'], failed),
  ].join('\n\n')
}

/** By the code of each problem document that is made anywhere, its statuses. */
function statusesByCode(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const { file, text } of sources('{services,orchestrator}/**/*.ts')) {
    for (const args of callsIn(text)) {
      if (handingOn.has(args)) continue
      const read =
        /^(?:reply, )?(\w+), (?:.*? : )?'([a-z_]+)'/.exec(args) ?? /^(\d+), .*code: '([a-z_]+)'/.exec(args)
      if (!read) throw new Error(`The code in ${file} cannot be read from (${args}): see ${here}.`)
      const [, status = '', code = ''] = read
      found.set(code, (found.get(code) ?? new Set()).add(/^\d+$/.test(status) ? status : 'other 4xx'))
    }
  }
  return found
}

/** The arguments of each call that makes a problem document, in one line each. */
function callsIn(text: string): string[] {
  const calls = text.matchAll(
    /(?<!function |notices\.|redaction\.)\b(?:problem|refusal|createError|answerProblem)\(/g,
  )
  return [...calls].map(({ 0: call, index }) => {
    const begin = index + call.length
    let depth = 1
    let end = begin
    for (; depth > 0 && end < text.length; end++) depth += { '(': 1, ')': -1 }[text.charAt(end)] ?? 0
    return text
      .slice(begin, end - 1)
      .replaceAll(/\s+/g, ' ')
      .trim()
  })
}

function failureCodes(): string[] {
  const files = sources('{machines,orchestrator/engine,orchestrator/steps,orchestrator/api}/**/*.ts')
  // What tests walk a chart by has failures of its own.
  const ours = files.filter(({ file }) => !file.endsWith('/walk.ts'))
  const found = ours.flatMap(({ text }) => [
    ...text.matchAll(/\b(?:code(?::| \?\?)|const ABANDONED =) ['`]([A-Z][A-Z_]+)/g),
  ])
  return [...new Set(found.map(([, code = '']) => code))]
}

function sources(pattern: string): { file: string; text: string }[] {
  const files = globSync(pattern, { cwd: root }).filter((file) => !file.endsWith('.test.ts'))
  return files.map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))
}

function checkSame(kind: string, inSource: string[], described: string[]): void {
  const missing = inSource.filter((code) => !described.includes(code))
  const gone = described.filter((code) => !inSource.includes(code))
  if (missing.length + gone.length === 0) return
  const told = [
    missing.length && `no meaning of ${missing.join(', ')}`,
    gone.length && `no ${gone.join(', ')} any more`,
  ]
  throw new Error(`Codes of ${kind}s: ${told.filter(Boolean).join('; ')}. Mend ${here}.`)
}
