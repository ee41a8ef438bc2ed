// Loaded into the processes of a deployment without Docker: the names of compose.yaml lead to addresses of this machine, as
// Docker's DNS would tell them. NAMES is JSON, from a name to its address.
import dns from 'node:dns'

const names = JSON.parse(process.env.NAMES ?? '{}')
const { lookup } = dns

dns.lookup = (hostname, ...rest) => lookup(names[hostname] ?? hostname, ...rest)
