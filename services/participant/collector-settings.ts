/** Where any process of Skald sends its traces. The names are those of OpenTelemetry. */
import { Type } from 'typebox'

export const collector = {
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(
    Type.String({
      format: 'url',
      pattern: '^https?://',
      description: 'The collector that traces are sent to (OTLP over HTTP); without it none are made.',
      allowed: 'an http:// or https:// URL',
    }),
  ),
  OTEL_EXPORTER_OTLP_HEADERS: Type.Optional(
    Type.String({
      pattern: '^[^=,\\s]+=[^,]*(,[^=,\\s]+=[^,]*)*$',
      description: 'Sent along with traces, as name=value, separated by commas.',
      allowed: 'name=value, separated by commas',
      isSecret: true,
    }),
  ),
}
