/** The built page, from memory. */
import type { HttpServer } from '../../services/participant/http-server.ts'
import type { InspectorOptions } from './options.ts'

export async function pages(_app: HttpServer, _options: InspectorOptions): Promise<void> {}
