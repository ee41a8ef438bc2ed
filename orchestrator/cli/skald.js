#!/usr/bin/env node
// The entry of the command: plain JavaScript, for Node 20 or newer. A Node that cannot strip types hands over to the
// Node 24 that npm brought, with the same arguments, terminal, signals and exit code.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const nodeOfProject = ['node', 'node.exe']
  .map((file) => pathOf(`../../node_modules/node/bin/${file}`))
  .find((path) => existsSync(path))

if (!existsSync(pathOf('../../node_modules'))) refuse('The packages of Skald are missing')
else if (Number.parseInt(process.versions.node, 10) >= 24) await import('./skald.ts')
else if (nodeOfProject) handOver(nodeOfProject)
else refuse(`Skald runs on Node 24 or newer and this is ${process.version}`)

function handOver(node) {
  const child = spawn(node, [pathOf('skald.ts'), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

function refuse(reason) {
  console.error(`${reason}: run "npm ci" in ${pathOf('../..')}, it brings all that is needed.`)
  process.exitCode = 1
}
