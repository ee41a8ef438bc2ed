/** Where traces go. The names are those of OpenTelemetry. */
import Type from 'typebox'
import { httpUrl, secret } from './kinds.ts'

export const tracing = {
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(
    Type.String({
      ...httpUrl,
      description: 'The collector that traces are sent to (OTLP over HTTP); without it none are made.',
    }),
  ),
  OTEL_EXPORTER_OTLP_HEADERS: Type.Optional(
    Type.String({
      pattern: '^[^=,\\s]+=[^,]*(,[^=,\\s]+=[^,]*)*$',
      description: 'Sent along with traces, as name=value, separated by commas.',
      allowed: 'name=value, separated by commas',
      ...secret,
    }),
  ),
  OTEL_TRACES_SAMPLER_ARG: Type.Optional(
    Type.String({
      pattern: '^(0(\\.[0-9]+)?|1(\\.0+)?)$',
      description:
        'The share of sagas that are traced, where their caller has not decided: 1, all, unless said.',
      allowed: 'a number from 0 to 1',
    }),
  ),
}
