import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Clock } from '../clock.ts';

/** Responses have one to a few certificates. */
const MAX_BYTES = 1 << 16;
const TIMEOUT_MILLIS = 10_000;

/** Sends a request to the server of an authority, and returns its response. Rejects if it is too large or takes too long. */
export async function fetchOcsp(url: string, request: Buffer, clock: Clock): Promise<Buffer> {
  const abort = new AbortController();
  const cancel = clock.setTimeout(() => abort.abort(), TIMEOUT_MILLIS);
  try {
    const response = await send(url, request, abort.signal);
    if (response.statusCode !== 200) {
      response.destroy();
      throw new Error(`expected the status 200, got ${response.statusCode}`);
    }
    return await readBody(response);
  } catch (error) {
    if (abort.signal.aborted) throw new Error(`expected a response within ${TIMEOUT_MILLIS / 1000} s`);
    throw error;
  } finally {
    cancel();
  }
}

function send(url: string, body: Buffer, signal: AbortSignal): Promise<IncomingMessage> {
  const headers = {
    'content-type': 'application/ocsp-request',
    accept: 'application/ocsp-response',
    'content-length': body.length,
    'user-agent': 'otelier',
  };
  const { request } = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', headers, signal, agent: false }, resolve).on('error', reject).end(body);
  });
}

async function readBody(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`expected at most ${MAX_BYTES} bytes, got more`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
