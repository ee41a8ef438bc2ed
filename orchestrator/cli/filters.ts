// The filters of sagas, in the same words wherever sagas are chosen: ls, export, verify, and verbs in bulk.
import { InvalidArgumentError, Option, type Command } from 'commander'
import { SAGA_STATUSES } from '../engine/ports.ts'

/** As commander has them. */
export interface FilterOptions {
  readonly machine?: string
  readonly status?: string
  readonly state?: string
  readonly step?: string
  readonly errorCode?: string
  readonly olderThan?: string
  readonly youngerThan?: string
  readonly query?: string
}

/** As the API has them; absent where nothing was said. */
export type FilterFields = Partial<
  Record<
    'machine' | 'version' | 'status' | 'state' | 'step' | 'error_code' | 'older_than' | 'younger_than' | 'q',
    string
  >
>

export function addFilters(command: Command): Command {
  return command
    .option('-m, --machine <name>', 'sagas of this machine, or of one version of it: commande@1', machineOf)
    .addOption(new Option('-s, --status <status>', 'in this status').choices([...SAGA_STATUSES]))
    .option('--state <state>', 'in this state of the chart, such as doing or undoing.lock', notEmpty)
    .option('--step <step>', 'whose open or failing step is this one', notEmpty)
    .option('-e, --error-code <code>', 'with this code of what went wrong, such as ECONNREFUSED', notEmpty)
    .option('--older-than <age>', 'begun longer ago than this: 90s, 15m, 2h, 3d', ageOf)
    .option('--younger-than <age>', 'begun since then', ageOf)
    .option('--query <text>', 'a saga_id, or the beginning of a business key such as a cart_id', notEmpty)
}

export function fieldsOf(options: FilterOptions): FilterFields {
  const [machine, version] = options.machine?.split('@') ?? []
  const fields = {
    machine,
    version,
    status: options.status,
    state: options.state,
    step: options.step,
    error_code: options.errorCode,
    older_than: options.olderThan,
    younger_than: options.youngerThan,
    q: options.query,
  }
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given)
}

/** Left out in silence, a filter whose variable a script has not set would find more sagas than were meant. */
function notEmpty(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError('It must not be empty: say which, or leave it out.')
}

/** `commande` or `commande@1`. */
export function machineOf(text: string): string {
  if (/^[^@]+(@[^@]+)?$/.test(text)) return text
  throw new InvalidArgumentError('It must be a machine, or one version of it, such as commande@1.')
}

function ageOf(text: string): string {
  if (/^\d{1,6}[smhd]$/.test(text)) return text
  throw new InvalidArgumentError('An age is a whole number and s, m, h or d, such as 90s, 15m, 2h or 3d.')
}
