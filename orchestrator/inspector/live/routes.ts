/** What moves, as Server-Sent Events. */
import type { HttpServer } from '../../../services/participant/http-server.ts'
import type { InspectorOptions } from '../options.ts'

export async function liveRoutes(_app: HttpServer, _options: InspectorOptions): Promise<void> {}
