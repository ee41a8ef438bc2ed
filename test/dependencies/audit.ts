// `npm run audit:dependencies`: exits with 1 if a package that production needs has a known vulnerability that is high or
// critical. A registry without advisories, as behind many a mirror, can't tell: that is said, and is no fault unless
// CI_AUDIT_REQUIRED is set.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

interface Finding {
  readonly name: string
  readonly severity: string
  readonly range: string
  readonly via: readonly (string | { readonly title: string; readonly url: string })[]
}

type Audit =
  | { readonly kind: 'audited'; readonly findings: readonly Finding[] }
  | { readonly kind: 'not audited'; readonly why: string }

const ARGS = ['audit', '--omit=dev', '--json']
const OUTPUT_MAX = 2 ** 24

/** npm exits with 1 for findings as for trouble: what it prints tells them apart. */
async function audit(): Promise<Audit> {
  const run = promisify(execFile)('npm', ARGS, { maxBuffer: OUTPUT_MAX })
  const { stdout } = await run.catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }))
  const told = parsed(stdout)
  if (told.vulnerabilities === undefined) {
    return { kind: 'not audited', why: told.message ?? (stdout.trim() || 'npm audit said nothing') }
  }
  return { kind: 'audited', findings: Object.values(told.vulnerabilities).filter(isGrave) }
}

const isGrave = ({ severity }: Finding) => severity === 'high' || severity === 'critical'

interface Told {
  readonly message?: string
  readonly vulnerabilities?: Readonly<Record<string, Finding>>
}

function parsed(stdout: string): Told {
  try {
    return JSON.parse(stdout) as Told
  } catch {
    return {}
  }
}

const told = await audit()
if (told.kind === 'not audited') {
  const isRequired = (process.env['CI_AUDIT_REQUIRED'] ?? '') !== ''
  console.log(`Not audited, for the registry has no advisories: ${told.why}`)
  process.exitCode = isRequired ? 1 : 0
} else {
  for (const { name, range, severity, via } of told.findings) {
    const why = via.map((one) => (typeof one === 'string' ? one : `${one.title} (${one.url})`)).join('; ')
    console.log(`${name} ${range || '(any version)'} is ${severity}: ${why}`)
  }
  console.log(`Audited: ${told.findings.length} grave findings.`)
  process.exitCode = told.findings.length === 0 ? 0 : 1
}
