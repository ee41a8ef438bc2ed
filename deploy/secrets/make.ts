// The secrets of a deployment by compose.yaml: all made here, at the first start, and by nobody else. There is no password
// that is known before.
//
// `master/` holds each secret once, and is not mounted anywhere but here. A folder for each service has what that one
// reads, made from it. So a run that dies at any line leaves secrets that the next one goes on with: what is in `master/`
// is never overwritten, and the copies follow it.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import {
  hashOf,
  newToken,
  parseTokenFile,
  textOfTokenFile,
  type TokenEntry,
} from '../../orchestrator/access/token-file.ts'
import { changeFile } from '../../orchestrator/cli/token/locked-file.ts'
import { replace, textOf, writeOnce } from './files.ts'

const OWN = 0o600
/** Services run as users of their own, and each sees only its own folder. */
const SHARED = 0o444

const random = () => randomBytes(32).toString('base64url')

/** What there is, and how it is made. */
const SECRETS = {
  postgres_password: random,
  skald_orchestrator: random,
  skald_carts: random,
  skald_stocks: random,
  skald_produits: random,
  service_token: random,
  orchestrator_metrics_token: newToken,
  participant_metrics_token: random,
  grafana_admin_password: random,
} as const

type Secrets = Readonly<Record<keyof typeof SECRETS, string>>

const ROLES = ['skald_orchestrator', 'skald_carts', 'skald_stocks', 'skald_produits'] as const
const PARTICIPANTS = ['carts', 'stocks', 'produits'] as const

/** Makes what is missing under `folder`; resolves with the names of the secrets that are new. */
export async function makeSecrets(folder: string): Promise<string[]> {
  const made: string[] = []
  const secrets: Record<string, string> = {}
  for (const [name, make] of Object.entries(SECRETS)) {
    const file = join(folder, 'master', name)
    const found = (await textOf(file))?.trim()
    if (found === '') throw new Error(`${file} is empty: remove it, and start again.`)
    secrets[name] = found ?? (await writeOnce(file, make(), OWN)).trim()
    if (found === undefined) made.push(name)
  }
  const whole = secrets as Secrets
  for (const [name, text] of Object.entries(copies(whole))) {
    const file = join(folder, name)
    if ((await textOf(file)) !== text) await replace(file, text, SHARED)
  }
  await letPrometheusIn(join(folder, 'orchestrator', 'tokens.json'), whole.orchestrator_metrics_token)
  return made
}

const databaseUrl = (role: string, password: string) =>
  `postgres://${role}:${encodeURIComponent(password)}@postgres:5432/skald`

/** What each service finds in /run/secrets, by the folder that is mounted there. */
function copies(secrets: Secrets): Record<string, string> {
  const files: Record<string, string> = {
    'postgres/password': secrets.postgres_password,
    'migrate/database_url': databaseUrl('postgres', secrets.postgres_password),
    'orchestrator/database_url': databaseUrl('skald_orchestrator', secrets.skald_orchestrator),
    'orchestrator/service_token': secrets.service_token,
    'prometheus/orchestrator_metrics_token': secrets.orchestrator_metrics_token,
    'prometheus/participant_metrics_token': secrets.participant_metrics_token,
    'grafana/admin_password': secrets.grafana_admin_password,
  }
  for (const role of ROLES) files[`migrate/roles/${role}`] = secrets[role]
  for (const participant of PARTICIPANTS) {
    const role = `skald_${participant}` as const
    files[`${participant}/database_url`] = databaseUrl(role, secrets[role])
    files[`${participant}/service_token`] = secrets.service_token
    files[`${participant}/metrics_token`] = secrets.participant_metrics_token
  }
  return files
}

const tokensIn = (text: string | undefined) => (text === undefined ? [] : parseTokenFile(text))

/** The one token that nobody has to ask for. Those of people, which `skald token` adds, stay. */
async function letPrometheusIn(file: string, token: string): Promise<void> {
  const sha256 = hashOf(token)
  if (tokensIn(await textOf(file)).some((entry) => entry.sha256 === sha256)) return
  const entry: TokenEntry = {
    name: 'prometheus',
    roles: ['metrics'],
    sha256,
    created_at: new Date().toISOString(),
  }
  await changeFile(file, (text) =>
    textOfTokenFile([entry, ...tokensIn(text).filter(({ name }) => name !== entry.name)]),
  )
}
