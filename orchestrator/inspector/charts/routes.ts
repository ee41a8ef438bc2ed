/** Charts and where they are drawn. */
import type { HttpServer } from '../../../services/participant/http-server.ts'
import type { InspectorOptions } from '../options.ts'

export async function chartRoutes(_app: HttpServer, _options: InspectorOptions): Promise<void> {}
