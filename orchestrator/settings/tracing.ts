/** Where traces go. The names are those of OpenTelemetry. */
import Type from 'typebox'
import { collector } from '../../services/participant/collector-settings.ts'

export const tracing = {
  ...collector,
  OTEL_TRACES_SAMPLER_ARG: Type.Optional(
    Type.String({
      pattern: '^(0(\\.[0-9]+)?|1(\\.0+)?)$',
      description:
        'The share of sagas that are traced, where their caller has not decided: 1, all, unless said.',
      allowed: 'a number from 0 to 1',
    }),
  ),
}
