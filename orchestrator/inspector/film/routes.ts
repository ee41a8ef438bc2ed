/** Film, moments, replay and service events of a saga. */
import type { HttpServer } from '../../../services/participant/http-server.ts'
import type { InspectorOptions } from '../options.ts'

export async function filmRoutes(_app: HttpServer, _options: InspectorOptions): Promise<void> {}
