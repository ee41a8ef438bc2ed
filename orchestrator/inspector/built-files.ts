/** What the bundler has built: a handful of files, read and compressed at start, and then only handed out. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

export interface BuiltFile {
  readonly type: string
  /** Weak, for it is the same in both encodings. */
  readonly etag: string
  readonly plain: Buffer
  readonly gzipped: Buffer
}

/** By the path in the folder, as in `assets/index-1a2b3c4d.js`. */
export type BuiltFiles = ReadonlyMap<string, BuiltFile>

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** None if nothing was built there. */
export async function readBuiltFiles(folder: string): Promise<BuiltFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(noneIfMissing)
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  const files = paths.map(
    async (path) => [relative(folder, path).replaceAll(sep, '/'), await readBuiltFile(path)] as const,
  )
  return new Map(await Promise.all(files))
}

async function readBuiltFile(path: string): Promise<BuiltFile> {
  const plain = await readFile(path)
  const hash = createHash('sha256').update(plain).digest('base64url')
  const type = TYPES[extname(path)] ?? 'application/octet-stream'
  return { type, etag: `W/"${hash}"`, plain, gzipped: await promisify(gzip)(plain, { level: 9 }) }
}

function noneIfMissing(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return []
  throw error
}
