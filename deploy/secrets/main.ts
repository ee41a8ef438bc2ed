// `node deploy/secrets/main.ts FOLDER [token …]`: what the service `secrets` of compose.yaml runs. It makes what is missing
// and ends; with `token …` behind it, it is then `skald token …` on the file of this deployment.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { makeSecrets } from './make.ts'

const [, , folder = '', ...words] = process.argv

if (folder === '' || (words.length > 0 && words[0] !== 'token')) {
  process.stderr.write(
    'secrets: say where, and nothing more or a command: FOLDER, or FOLDER token create NAME …\n',
  )
  process.exitCode = 2
} else {
  const made = await makeSecrets(folder).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    process.stderr.write(`secrets: they can not be made: ${why}\n`)
    process.exit(1)
  })
  // On stderr: what `token create` prints on stdout is the token, and nothing else.
  process.stderr.write(`secrets: ${made.length === 0 ? 'all there' : `made ${made.join(', ')}`}\n`)
  if (words.length > 0) {
    const skald = fileURLToPath(import.meta.resolve('../../orchestrator/cli/skald.js'))
    const child = spawn(process.execPath, [skald, ...words], { stdio: 'inherit' })
    await once(child, 'exit')
    process.exitCode = child.exitCode ?? 1
  }
}
