// Run by tap after the last test file, failed or not.
import { stopCluster } from './cluster.ts'

await stopCluster()
