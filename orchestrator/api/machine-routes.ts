/** Which machines there are, in which versions, and how many sagas are where in them. */
import { Type } from 'typebox'
import type { AnyStateMachine } from 'xstate'
import { structuralHash } from '../../machines/lock.ts'
import { problem, sendProblem } from '../../services/participant/problem.ts'
import type { HttpServer } from '../../services/participant/http-server.ts'
import { SAGA_STATUSES, type SagaStatus } from '../engine/ports.ts'
import { Definitions } from '../saga-file/definition.ts'
import type { SagaCount } from '../store/saga-counts.ts'
import type { ApiOptions } from './options.ts'
import { sagaFilterFields } from './saga-filter.ts'
import { Problem, SagaStatusSchema } from './schemas.ts'

const tags = ['machines']
const config = { access: ['read'] } as const

const Sagas = Type.Object(
  Object.fromEntries(SAGA_STATUSES.map((status) => [status, Type.Integer()])) as Record<
    SagaStatus,
    ReturnType<typeof Type.Integer>
  >,
)

const Version = Type.Object({
  version: Type.String(),
  newest: Type.Boolean({ description: 'New sagas begin with it.' }),
  here: Type.Boolean({ description: 'Whether the orchestrator that answers can drive it.' }),
  hash: Type.Union([Type.String(), Type.Null()], {
    description: 'Of its chart and steps: another one means another machine. Null if it is not here.',
  }),
  sagas: Sagas,
})

export function machineRoutes(app: HttpServer, options: ApiOptions): void {
  countsRoute(app, options)
  machinesRoute(app, options)
  definitionRoute(app, options)
}

function countsRoute(app: HttpServer, { reader }: ApiOptions): void {
  const { machine, version } = sagaFilterFields
  const schema = {
    summary: 'How many sagas stand where',
    tags,
    querystring: Type.Object({ machine, version }, { additionalProperties: false }),
    response: {
      200: Type.Object({
        counts: Type.Array(
          Type.Object({
            machine: Type.String(),
            version: Type.String(),
            status: SagaStatusSchema,
            state: Type.String({ description: 'DONE, FAILED, or the path in the chart.' }),
            sagas: Type.Integer(),
          }),
        ),
      }),
      '4xx': Problem,
    },
  }
  app.get('/api/counts', { schema, config }, async (request, reply) =>
    reply.send({ counts: await reader.counts(request.query) }),
  )
}

function machinesRoute(app: HttpServer, { reader, machines }: ApiOptions): void {
  const charts = machines.map(({ machine }) => machine)
  const schema = {
    summary: 'The machines and their versions: those that are here, and those that sagas began with',
    tags,
    response: {
      200: Type.Object({
        machines: Type.Array(Type.Object({ machine: Type.String(), versions: Type.Array(Version) })),
      }),
    },
  }
  app.get('/api/machines', { schema, config }, async (_request, reply) =>
    reply.send({ machines: machinesOf(charts, await reader.counts({})) }),
  )
}

function definitionRoute(app: HttpServer, { machines, definitions: kept }: ApiOptions): void {
  const definitions = new Definitions(machines, kept)
  const schema = {
    summary:
      'A version of a machine as it is written: its chart, with functions as their source; also one that is not here any more, or not yet',
    tags,
    params: Type.Object({ machine: Type.String(), version: Type.String() }),
    response: {
      200: Type.Unsafe<string>(
        Type.Object(
          { id: Type.String(), version: Type.String(), hash: Type.String(), config: Type.Unknown() },
          { additionalProperties: true },
        ),
      ),
      '4xx': Problem,
    },
  }
  app.get('/api/machines/:machine/:version', { schema, config }, async (request, reply) => {
    const { machine, version } = request.params
    const text = await definitions.find(machine, version)
    if (text !== undefined) return reply.type('application/json').serializer(String).send(text)
    const detail = `Version ${version} of machine ${machine} is not known here.`
    return sendProblem(reply, problem(404, 'machine_inconnue', detail))
  })
}

/** In the order in which they are registered, the newest last; behind them those that only sagas tell of. */
function machinesOf(charts: readonly AnyStateMachine[], counts: readonly SagaCount[]) {
  const names = new Set([...charts.map(({ id }) => id), ...counts.map(({ machine }) => machine)])
  return [...names].map((machine) => {
    const here = charts.filter(({ id }) => id === machine)
    const counted = counts.filter((count) => count.machine === machine)
    const known = here.map(({ version = 'none' }) => version)
    const versions = [...new Set([...counted.map(({ version }) => version), ...known])].toSorted(
      (a, b) => known.indexOf(a) - known.indexOf(b),
    )
    return {
      machine,
      versions: versions.map((version) => {
        const chart = here.find((one) => one.version === version)
        return {
          version,
          newest: chart !== undefined && chart === here.at(-1),
          here: chart !== undefined,
          hash: chart === undefined ? null : hashOf(chart),
          sagas: sagasOf(counted.filter((count) => count.version === version)),
        }
      }),
    }
  })
}

function sagasOf(counts: readonly SagaCount[]): Record<SagaStatus, number> {
  const sagas = { running: 0, compensating: 0, parked: 0, done: 0, failed: 0 }
  for (const { status, sagas: number } of counts) sagas[status] += number
  return sagas
}

const hashes = new WeakMap<AnyStateMachine, string>()

function hashOf(chart: AnyStateMachine): string {
  const hash = hashes.get(chart) ?? structuralHash(chart)
  hashes.set(chart, hash)
  return hash
}
