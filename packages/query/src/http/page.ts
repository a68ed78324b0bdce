import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { Readable } from 'node:stream';
import { acceptedCoding } from './compress-response.ts';

/** Security headers of every response that has none of its own. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  // With `no-referrer`, browsers send the sign-in form with the origin `null`.
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

/**
 * Serves the files of the built page. Any other path returns `index.html`, whose client-side router handles the path. A
 * missing file under `/assets/` is an error, so that a browser with an outdated page notices.
 */
export async function servePage(directory: string | undefined, request: Request): Promise<Response> {
  if (directory === undefined) return notBuilt();
  // Names of services may contain anything that a path of a file may not.
  const isService = new URL(request.url).pathname.startsWith('/services/');
  const path = isService ? '/services' : pathOf(request);
  if (path === undefined) return plain(400, 'This address cannot be read.');
  const wanted = await fileAt(directory, path);
  if (wanted !== undefined) return fileResponse(wanted, request);
  if (path.startsWith('/assets/'))
    return plain(404, 'No such file. Reload the page: it may have been replaced by a newer one.');
  const index = await fileAt(directory, '/index.html');
  return index === undefined ? notBuilt() : fileResponse(index, request);
}

/** Returns the login form. */
export function loginPage(wrongToken: boolean): Response {
  const hint = wrongToken ? 'Wrong token.' : 'This server requires a token.';
  const form = `<form method="get"><p><label>Token <input type="password" name="token" autocomplete="current-password" required autofocus></label> <button>Open</button></p></form>`;
  return html(
    401,
    'otelier: token',
    `<p>${hint} It is the <code>token</code> of the <code>workbench</code> in its configuration.</p>${form}`,
  );
}

function notBuilt(): Response {
  return html(
    503,
    'otelier: page not built',
    `<p>otelier is running, but its page is not built.</p>
<p>To build it, run <code>node tools/prepare/prepare.mjs --page</code> in the directory of otelier, or start it with <code>npm start</code>, which builds it automatically. Then reload.</p>
<p>The JSON API works without the page: <a href="/api/v1/status">/api/v1/status</a>, described in <a href="/openapi.json">/openapi.json</a>.</p>`,
  );
}

interface PageFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMillis: number;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/** Precompressed encodings, in order of preference. */
const ENCODINGS = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;

function pathOf(request: Request): string | undefined {
  try {
    const path = decodeURIComponent(new URL(request.url).pathname);
    return path.includes('\0') || path.includes('\\') || path.split('/').includes('..') ? undefined : path;
  } catch {
    return undefined;
  }
}

async function fileAt(directory: string, path: string): Promise<PageFile | undefined> {
  const full = join(directory, path);
  if (!full.startsWith(join(directory, sep)) || path.endsWith('/')) return undefined;
  // Serves only known file types: neither stray files nor compressed copies under their own name.
  if (TYPES[extname(full)] === undefined) return undefined;
  return statFile(full);
}

async function statFile(path: string): Promise<PageFile | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? { path, sizeBytes: found.size, modifiedMillis: found.mtimeMs } : undefined;
  } catch {
    return undefined;
  }
}

async function fileResponse(file: PageFile, request: Request): Promise<Response> {
  const etag = `"${file.sizeBytes.toString(36)}-${Math.round(file.modifiedMillis).toString(36)}"`;
  const headers = new Headers({
    'content-type': TYPES[extname(file.path)] ?? 'application/octet-stream',
    'cache-control': isHashed(file.path) ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
    etag,
  });
  if (
    request.headers
      .get('if-none-match')
      ?.split(/,\s*/)
      .some((tag) => tag.replace(/^W\//, '') === etag)
  ) {
    return new Response(null, { status: 304, headers });
  }
  const { file: body, encoding } = await smallest(file, request.headers.get('accept-encoding') ?? '');
  if (encoding !== undefined) headers.set('content-encoding', encoding);
  headers.set('content-length', String(body.sizeBytes));
  if (request.method === 'HEAD') return new Response(null, { headers });
  return new Response(Readable.toWeb(createReadStream(body.path)) as ReadableStream<Uint8Array>, { headers });
}

/** Returns the precompressed copy that the browser accepts, or the file itself. */
async function smallest(
  file: PageFile,
  acceptEncoding: string,
): Promise<{ file: PageFile; encoding: string | undefined }> {
  for (const { name, suffix } of ENCODINGS) {
    if (acceptedCoding(acceptEncoding, [name]) === undefined) continue;
    const compressed = await statFile(file.path + suffix);
    // A copy that is older than the file belongs to another build.
    if (compressed !== undefined && compressed.modifiedMillis >= file.modifiedMillis)
      return { file: compressed, encoding: name };
  }
  return { file, encoding: undefined };
}

/** Reports whether a file name contains a Vite hash: `assets/index-CKK7rr39.js`. */
function isHashed(path: string): boolean {
  return /[/\\]assets[/\\][^/\\]*-[A-Za-z0-9_-]{8}\.[a-z0-9]+$/.test(path);
}

function html(status: number, title: string, body: string): Response {
  const document = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${title}</title></head><body><h1>otelier</h1>${body}</body></html>`;
  return new Response(document, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  });
}

function plain(status: number, message: string): Response {
  return new Response(`${message}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
