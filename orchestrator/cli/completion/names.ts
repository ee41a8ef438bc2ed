// Ids and names that only the API knows, for a shell that completes a line: quickly, and silently where nobody answers.
import type { RootCommand } from '@bomb.sh/tab'
import { areMachines } from '../client/answers.ts'
import { isBulkPage } from '../client/bulks.ts'
import { Client, type Query } from '../client/client.ts'
import { isSagaPage } from '../client/answers.ts'
import { DEFAULT_URL } from '../globals.ts'
import { plain } from '../terminal/plain.ts'
import { ageOf } from '../terminal/times.ts'

/** A person waits for the answer with a finger on the key. */
const TIMEOUT_MS = 300
const OFFERED_MAX = 100

interface Name {
  readonly name: string
  readonly told: string
}

/** Which sagas a command is likely to be about. */
const SAGAS: Readonly<Record<string, Query>> = {
  show: {},
  watch: {},
  replay: {},
  export: {},
  migrate: {},
  retry: { status: 'parked' },
  skip: { status: 'parked' },
  complete: {},
  compensate: {},
  cancel: { status: 'running' },
  abandon: { status: 'parked' },
}
const BULKS = new Set(['bulk show', 'bulk stop', 'bulk resume'])

/** `args` as the shell has them: the line behind `skald`, the last one as far as it was typed. */
export async function offerNames(completion: RootCommand, args: readonly string[]): Promise<void> {
  const words = args.slice(0, -1).filter((word) => !word.startsWith('-'))
  const [command = ''] = words
  const two = words.slice(0, 2).join(' ')
  const before = args.at(-2) ?? ''
  const client = new Client({ url: urlIn(args), token: process.env['SKALD_TOKEN'] })
  if (before === '--machine' || before === '-m' || command === 'start') {
    const names = await quietly(() => machineNames(client))
    for (const one of completion.commands.values())
      if (one.options.has('machine')) one.option('machine', '', offer(names), 'm')
    completion.commands.get('start')?.argument('machine', offer(names))
  } else if (SAGAS[command] !== undefined) {
    const names = await quietly(() => sagaNames(client, SAGAS[command] ?? {}))
    const found = completion.commands.get(command)
    for (const [name, { variadic }] of found?.arguments ?? []) found?.argument(name, offer(names), variadic)
  } else if (BULKS.has(two)) {
    const names = await quietly(() => bulkNames(client))
    completion.commands.get(two)?.argument('bulk', offer(names))
  }
}

function offer(names: readonly Name[]) {
  return (complete: (value: string, description: string) => void) => {
    for (const { name, told } of names) complete(name, told)
  }
}

async function quietly(ask: () => Promise<Name[]>): Promise<Name[]> {
  try {
    return await ask()
  } catch {
    return []
  }
}

const once = { timeoutMs: TIMEOUT_MS, retries: 0 }

async function sagaNames(client: Client, query: Query): Promise<Name[]> {
  const call = { path: '/api/sagas', expected: isSagaPage, query: { ...query, limit: OFFERED_MAX }, ...once }
  const { sagas } = await client.get(call)
  return sagas.map(({ saga_id, machine, status, created_at }) => ({
    name: plain(saga_id),
    told: `${plain(machine)} ${plain(status)}, ${ageOf(created_at)} ago`,
  }))
}

async function machineNames(client: Client): Promise<Name[]> {
  const { machines } = await client.get({ path: '/api/machines', expected: areMachines, ...once })
  return machines.map(({ machine, versions }) => ({
    name: plain(machine),
    told: `versions ${versions.map(({ version }) => plain(version)).join(', ')}`,
  }))
}

async function bulkNames(client: Client): Promise<Name[]> {
  const call = { path: '/api/bulk', expected: isBulkPage, query: { limit: OFFERED_MAX }, ...once }
  const { bulks } = await client.get(call)
  return bulks.map(({ bulk_id, verb, status, reason }) => ({
    name: plain(bulk_id),
    told: `${plain(verb)} ${plain(status)}: ${plain(reason)}`,
  }))
}

function urlIn(args: readonly string[]): string {
  const at = args.lastIndexOf('--url')
  const url = (at >= 0 ? args[at + 1] : undefined) ?? process.env['SKALD_URL'] ?? ''
  return URL.canParse(url) ? url.replace(/\/+$/, '') : DEFAULT_URL
}
