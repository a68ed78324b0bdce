import type { ServerResponse } from 'node:http';
import type { Random } from '@otelier/testkit/otlp/random';
import { hostileMessage, JSON_COUNTS, RETRY_AFTERS } from './responses.ts';

/** A response over HTTP. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** A response that was changed. */
export interface HostileReply extends Reply {
  /** Whether the connection ends in the middle of the body. */
  readonly isCut: boolean;
}

const STATUSES = [200, 201, 204, 302, 307, 400, 403, 404, 409, 429, 500, 503];
const MAX_BODY = 300_000;

/**
 * Changes a valid response of any protocol over HTTP: its status, a header, a value of its JSON, its bytes or its size. `texts` are values on which
 * a client of the protocol could act, such as URLs of other servers and types of errors.
 */
export function hostileReply(random: Random, reply: Reply, texts: readonly string[]): HostileReply {
  const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  const whole = { ...reply, isCut: false };
  const value = (): unknown => pick([pick(JSON_COUNTS), pick(texts), pick(texts), hostileMessage(random)]);
  switch (pick(['error', 'value', 'value', 'value', 'header', 'bytes', 'cut', 'large', 'status'] as const)) {
    case 'error': {
      const body = JSON.stringify({ type: value(), title: value(), detail: value(), subproblems: value() });
      return { ...whole, status: pick(STATUSES), headers: withHeader('retry-after', pick(RETRY_AFTERS)), body };
    }
    case 'value': {
      const json = parse(reply.body);
      return { ...whole, body: json === undefined ? changedBytes() : JSON.stringify(changedJson(json)) };
    }
    case 'header':
      return { ...whole, headers: withHeader(pick([...Object.keys(reply.headers), 'location']), pick(texts)) };
    case 'bytes':
      return { ...whole, body: changedBytes() };
    case 'cut':
      return { ...whole, isCut: true };
    case 'large':
      return { ...whole, body: Buffer.alloc(MAX_BODY, Buffer.from(reply.body.length === 0 ? ' ' : reply.body)) };
    case 'status':
      return { ...whole, status: pick(STATUSES), headers: withHeader('retry-after', pick(RETRY_AFTERS)) };
  }

  function withHeader(name: string, text: string): Reply['headers'] {
    return { ...reply.headers, [name]: text };
  }

  /** Replaces one value at any depth. */
  function changedJson(json: unknown): unknown {
    if (typeof json !== 'object' || json === null || random(4) === 0) return value();
    const keys = Object.keys(json);
    const key = keys[random(keys.length)];
    if (key === undefined) return value();
    const inner = changedJson((json as Record<string, unknown>)[key]);
    if (Array.isArray(json)) return random(8) === 0 ? Array(1000).fill(inner) : json.with(Number(key), inner);
    return { ...json, [key]: random(8) === 0 ? undefined : inner };
  }

  /** Changes, removes or adds some bytes. */
  function changedBytes(): Buffer {
    const bytes = Buffer.from(reply.body);
    const at = random(bytes.length + 1);
    const way = pick(['change', 'end', 'add'] as const);
    if (way === 'end') return bytes.subarray(0, at);
    if (way === 'add') return Buffer.concat([bytes.subarray(0, at), bytes.subarray(0, random(64)), bytes.subarray(at)]);
    if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 + random(255));
    return bytes;
  }
}

function parse(body: Reply['body']): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** Sends a response. */
export function sendReply(response: ServerResponse, { status, headers, body, isCut }: HostileReply): void {
  if (!isCut) {
    response.writeHead(status, headers).end(body);
    return;
  }
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length + 1 });
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}
