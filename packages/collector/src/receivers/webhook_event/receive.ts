import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { IngestTarget, PushResponse } from '@otelier/query';
import { compilePattern } from '@otelier/query/pattern';
import { withPushBody } from '../../component/http/push-body.ts';
import type { PathRequest } from '../../component/http/push-server.ts';
import { textResponse } from '../../component/http/text-response.ts';
import { encodeEntries } from '../../operators/encode-entries.ts';
import { Entry } from '../../operators/entry/entry.ts';
import type { ValueMap } from '../../ottl/values/value.ts';
import { splitObjects } from '../json_documents/split-values.ts';

interface HmacSignature {
  readonly secret: string;
  readonly header: string;
  /** Text before the digest in hexadecimal. */
  readonly prefix: string;
}

/** Options for `createWebhook`. */
export interface WebhookOptions {
  readonly path: string;
  readonly healthPath: string;
  /** Empty if requests need none. */
  readonly requiredHeader: { readonly key: string; readonly value: string };
  /** Signature of the body that requests must have. */
  readonly hmacSignature?: HmacSignature | undefined;
  readonly splitLogsAtNewline: boolean;
  readonly splitLogsAtJsonBoundary: boolean;
  readonly convertHeadersToAttributes: boolean;
  readonly headerAttributeRegex: string;
  /** ID of the receiver. */
  readonly source: string;
  readonly maxBytes: number;
  nowMillis(): number;
}

type Receive = (request: PathRequest, target: IngestTarget) => Promise<PushResponse>;

const HEALTHY: PushResponse = {
  status: 200,
  message: '{"text": "Webhookevent receiver is healthy"}',
  headers: { 'content-type': 'application/json' },
};
/** Headers with credentials, which become no attributes. */
const CREDENTIALS = new Set(['authorization', 'proxy-authorization', 'cookie']);
const STATUS = { too_large: 413, malformed: 400, no_memory: 503 } as const;

/** Returns the function that receives the requests of webhooks. */
export function createWebhook(options: WebhookOptions): Receive {
  const isAttribute = attributeFilter(options);
  return async (request, target) => {
    const { method, path, headers } = request;
    if (path === options.healthPath && method === 'GET') return HEALTHY;
    if (path !== options.path) return textResponse(404, `expected a request to ${options.path}`);
    if (method !== 'POST') return textResponse(405, `expected POST, got ${method}`, { allow: 'POST' });
    if (!hasRequired(headers, options))
      return textResponse(401, 'request was missing required header or incorrect header value');
    return withPushBody(request, target, options.maxBytes, async (pushed) => {
      if (pushed.kind !== 'ok') return textResponse(STATUS[pushed.kind], pushed.reason, retryHeaders(pushed.kind));
      if (!isSigned(pushed.body, headers, options)) return textResponse(401, 'invalid signature');
      const bodies = [...split(Buffer.from(pushed.body).toString('utf8'), options)];
      if (bodies.length === 0) return textResponse(400, 'request body content length is zero');
      const entries = entriesOf(bodies, request, options, isAttribute);
      const outcome = await target.consume(encodeEntries(entries), entries.length);
      if (outcome.kind === 'retry') return textResponse(503, outcome.reason, { 'retry-after': '1' });
      return outcome.kind === 'refused' ? textResponse(400, outcome.reason) : textResponse(200, '');
    });
  };
}

function retryHeaders(kind: keyof typeof STATUS): Record<string, string> {
  return kind === 'no_memory' ? { 'retry-after': '1' } : {};
}

function split(text: string, { splitLogsAtNewline, splitLogsAtJsonBoundary }: WebhookOptions): Iterable<string> {
  if (splitLogsAtNewline) return text.split(/\r?\n/).filter((line) => line !== '');
  if (splitLogsAtJsonBoundary) return splitObjects(text);
  return text === '' ? [] : [text];
}

function entriesOf(
  bodies: readonly string[],
  { query, headers }: PathRequest,
  { source, nowMillis }: WebhookOptions,
  isAttribute: (name: string) => boolean,
): Entry[] {
  const observedNanos = BigInt(Math.floor(nowMillis())) * 1_000_000n;
  const resource: ValueMap = new Map();
  for (const [name, value] of new URLSearchParams(query))
    if (value !== '' && !resource.has(name)) resource.set(name, value);
  const attributes: ValueMap = new Map([
    ['source', source],
    ['receiver', 'webhookevent'],
  ]);
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && isAttribute(name)) attributes.set(`header.${canonical(name)}`, [value].flat());
  return bodies.map((body) => {
    const entry = new Entry(body, observedNanos);
    entry.resource = resource;
    entry.attributes = attributes;
    return entry;
  });
}

function attributeFilter(options: WebhookOptions): (name: string) => boolean {
  const { convertHeadersToAttributes, headerAttributeRegex, requiredHeader } = options;
  const pattern = headerAttributeRegex === '' ? undefined : compilePattern(headerAttributeRegex);
  const required = requiredHeader.key.toLowerCase();
  return (name) => {
    if (name === required || CREDENTIALS.has(name)) return false;
    // The expression is written for the canonical form, as Go has it.
    return convertHeadersToAttributes || pattern?.test(canonical(name)) === true || pattern?.test(name) === true;
  };
}

function canonical(name: string): string {
  return name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

function isSigned(body: Uint8Array, headers: IncomingHttpHeaders, { hmacSignature }: WebhookOptions): boolean {
  if (hmacSignature === undefined) return true;
  const { secret, header, prefix } = hmacSignature;
  const sent = [headers[header.toLowerCase()] ?? ''].flat().join(', ');
  const expected = `${prefix}${createHmac('sha256', secret).update(body).digest('hex')}`;
  return timingSafeEqual(digest(sent), digest(expected));
}

/** Compares digests, so that the time does not tell how much of a value is right. */
function hasRequired(headers: IncomingHttpHeaders, { requiredHeader: { key, value } }: WebhookOptions): boolean {
  if (key === '') return true;
  const sent = [headers[key.toLowerCase()] ?? ''].flat().join(', ');
  return timingSafeEqual(digest(sent), digest(value));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
