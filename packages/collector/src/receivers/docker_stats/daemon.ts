import { type HttpRequestOptions, httpRequest, httpStream } from '../../component/http/http-request.ts';
import { readLines } from '../../component/http/read-lines.ts';
import type { requestTls } from '../../component/http/request-tls.ts';
import { VERSION } from '../../component/version.ts';

/** Options for the functions that read a daemon. */
export interface DaemonOptions {
  /** `unix:///path`, or a URL with `tcp`, `http` or `https`. */
  readonly endpoint: string;
  /** Version of the API. Default: that of the daemon. */
  readonly apiVersion: string | undefined;
  readonly tls: ReturnType<typeof requestTls> | undefined;
}

/** Reads a path of the API; `undefined` if what it names does not exist. */
export type ReadDaemon = (path: string, signal: AbortSignal) => Promise<string | undefined>;

const MAX_BYTES = 16 << 20;
const MAX_LINE_BYTES = 1 << 20;

/** Returns a function that reads the API of a Docker daemon. */
export function createDaemonReader(daemon: DaemonOptions): ReadDaemon {
  const { base, options } = requestTo(daemon);
  return async (path, signal) => {
    const { status, body } = await httpRequest(base + path, { ...options, signal, maxBytes: MAX_BYTES });
    if (status === 404) return undefined;
    if (status !== 200) throw unexpected(path, status, body);
    return body;
  };
}

/** Reads the lines of a response of a Docker daemon that has no end, such as its events. Podman sends its status with the first line. */
export async function* readDaemonLines(
  daemon: DaemonOptions,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { base, options } = requestTo(daemon);
  const response = await httpStream(base + path, { ...options, signal });
  if (response.status !== 200) throw unexpected(path, response.status, (await response.complete()).body);
  yield* readLines(response.body, MAX_LINE_BYTES);
}

function requestTo({ endpoint, apiVersion, tls }: DaemonOptions): { base: string; options: HttpRequestOptions } {
  const socketPath = /^unix:\/\/(.*)/.exec(endpoint)?.[1];
  const scheme = tls === undefined ? 'http' : 'https';
  const base = socketPath === undefined ? endpoint.replace(/^tcp:/, `${scheme}:`).replace(/\/$/, '') : 'http://docker';
  const version = apiVersion === undefined ? '' : `/v${apiVersion}`;
  return {
    base: base + version,
    options: {
      headers: { 'user-agent': `otelier/${VERSION}` },
      ...(socketPath !== undefined && { socketPath }),
      ...(tls !== undefined && { tls }),
    },
  };
}

function unexpected(path: string, status: number, body: string): Error {
  return new Error(`expected status 200 from ${path}, got ${status} ${messageOf(body)}`.trim());
}

/** Returns the message of an error of the API. */
function messageOf(body: string): string {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown };
    return typeof message === 'string' ? message.slice(0, 200) : '';
  } catch {
    return '';
  }
}
