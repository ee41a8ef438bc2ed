// The gateway process. It keeps nothing, so it may end at any line.
import { ConfigError, readGatewayConfig } from '../../config.ts'
import { buildGateway } from './gateway.ts'

/** How long requests under way may take when the gateway is asked to end. */
const END_MS = 3000

try {
  const config = readGatewayConfig(process.env)
  const gateway = await buildGateway(config)
  await gateway.listen({ port: config.PORT, host: config.HOST })
  const end = () => {
    setTimeout(() => process.exit(0), END_MS).unref()
    void gateway.close().then(() => process.exit(0))
  }
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, end)
  // The supervisor holds the other end of stdin: when it is gone, the port must be free at once.
  if (process.env['SKALD_SUPERVISED'] === '1') process.stdin.once('close', () => process.exit(0)).resume()
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
