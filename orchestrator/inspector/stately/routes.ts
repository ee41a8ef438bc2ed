/** The inspection protocol of Stately, for one saga. */
import type { HttpServer } from '../../../services/participant/http-server.ts'
import type { InspectorOptions } from '../options.ts'

export async function statelyRoutes(_app: HttpServer, _options: InspectorOptions): Promise<void> {}
