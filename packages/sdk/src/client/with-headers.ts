import { connectionOutcome, type ExportClient } from '@otelier/transport/portable';

/** Headers by name. */
export type HeaderRecord = Readonly<Record<string, string>>;

/** A function that returns the headers for the next attempt, such as a fresh token. */
export type HeaderFunction = () => HeaderRecord | Promise<HeaderRecord>;

/** Headers to send with every request, or a function that returns headers for each attempt. */
export type HeaderSource = HeaderRecord | HeaderFunction;

/**
 * Returns a client that calls a function for headers before each attempt. `timeoutMillis` covers both the function and
 * the attempt. If the function fails, the attempt fails and is retried.
 */
export function withHeaders(client: ExportClient, headerFunction: HeaderFunction, timeoutMillis: number): ExportClient {
  return {
    async export(signal, parts, options = {}) {
      const limit = AbortSignal.timeout(timeoutMillis);
      const end = AbortSignal.any([options.signal ?? limit, limit]);
      const dynamic = await callHeaderFunction(headerFunction, end).catch((error: Error) => error);
      if (!(dynamic instanceof Error)) {
        return client.export(signal, parts, { signal: end, headers: { ...dynamic, ...options.headers } });
      }
      return connectionOutcome(`${dynamic.message} (${dynamic.cause})`);
    },
    shutdown: () => client.shutdown(),
  };
}

/**
 * Returns the headers for one attempt. Request headers take precedence over those returned by the function, which take
 * precedence over the static headers. Rejects if the function fails.
 */
export async function headersOf(
  given: Headers,
  source: HeaderSource | undefined,
  signal: AbortSignal,
  requestHeaders: HeaderRecord = {},
): Promise<Headers> {
  const headers = new Headers(given);
  const dynamic = typeof source === 'function' ? await callHeaderFunction(source, signal) : {};
  for (const [name, value] of [...Object.entries(dynamic), ...Object.entries(requestHeaders)]) headers.set(name, value);
  return headers;
}

/** Calls the function. Returns its headers in lowercase, without those that describe the body. */
async function callHeaderFunction(headerFunction: HeaderFunction, signal: AbortSignal): Promise<HeaderRecord> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    signal.throwIfAborted();
    const given = Object.entries(await Promise.race([headerFunction(), aborted])).filter(
      ([, value]) => value !== undefined,
    );
    // `Headers` throws for names, and for most values, that HTTP does not allow.
    const checked = [...new Headers(given)];
    const [invalidName] = checked.find(([, value]) => CONTROL_CHARACTER.test(value)) ?? [];
    if (invalidName !== undefined) throw new TypeError(`invalid value of header ${invalidName}`);
    return Object.fromEntries(checked.filter(([name]) => !DESCRIBES_BODY.test(name)));
  } catch (cause) {
    throw new Error('headers: the function failed or returned invalid headers', { cause });
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Merges two sources. Headers in `over` take precedence; names are case-insensitive. */
export function mergedHeaders(under: HeaderSource = {}, over: HeaderSource = {}): HeaderSource {
  if (typeof under === 'function' || typeof over === 'function') {
    return async () => mergedRecords(await recordOf(under), await recordOf(over));
  }
  return mergedRecords(under, over);
}

function recordOf(source: HeaderSource): HeaderRecord | Promise<HeaderRecord> {
  return typeof source === 'function' ? source() : source;
}

function mergedRecords(under: HeaderRecord, over: HeaderRecord): HeaderRecord {
  const names = new Set(Object.keys(over).map((name) => name.toLowerCase()));
  return { ...Object.fromEntries(Object.entries(under).filter(([name]) => !names.has(name.toLowerCase()))), ...over };
}

/** Characters not allowed in header values (RFC 9110, section 5.5). */
const CONTROL_CHARACTER = /[^\t\x20-\x7e\x80-\xff]/;

const DESCRIBES_BODY = /^(content-(type|encoding|length)|te|grpc-.*)$/;
