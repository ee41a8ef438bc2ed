// Run by tap before the first test file.
import { startCluster } from './cluster.ts'

await startCluster()
