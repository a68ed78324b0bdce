import { connectionOutcome, type ExportClient } from '@otelier/transport/portable';

/** Headers by name. */
export type HeaderRecord = Readonly<Record<string, string>>;

/** Gives the headers of the next attempt: a token that is fresh. */
export type HeaderFunction = () => HeaderRecord | Promise<HeaderRecord>;

/** Headers of every request, or a function that is called for them before each attempt. */
export type HeaderSource = HeaderRecord | HeaderFunction;

/**
 * A client that calls a function for headers before each attempt. `timeoutMillis` is for both, the function and the attempt. A function that fails
 * is a failed attempt, so a request is sent again when its token could not be had.
 */
export function withHeaders(client: ExportClient, ask: HeaderFunction, timeoutMillis: number): ExportClient {
  return {
    async export(signal, parts, options = {}) {
      const limit = AbortSignal.timeout(timeoutMillis);
      const end = AbortSignal.any([options.signal ?? limit, limit]);
      const asked = await askHeaders(ask, end).catch((error: Error) => error);
      if (!(asked instanceof Error)) {
        return client.export(signal, parts, { signal: end, headers: { ...asked, ...options.headers } });
      }
      return connectionOutcome(`${asked.message} (${asked.cause})`);
    },
    shutdown: () => client.shutdown(),
  };
}

/** The headers of one attempt: the given ones, over them those of a function, over these those of the request. Rejects when the function fails. */
export async function headersOf(
  given: Headers,
  source: HeaderSource | undefined,
  signal: AbortSignal,
  more: HeaderRecord = {},
): Promise<Headers> {
  const headers = new Headers(given);
  const asked = typeof source === 'function' ? await askHeaders(source, signal) : {};
  for (const [name, value] of [...Object.entries(asked), ...Object.entries(more)]) headers.set(name, value);
  return headers;
}

/** What the function gives, with lower-cased names and without headers that say what a body is, which are not the function's to choose. */
async function askHeaders(ask: HeaderFunction, signal: AbortSignal): Promise<HeaderRecord> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    signal.throwIfAborted();
    const given = Object.entries(await Promise.race([ask(), aborted])).filter(([, value]) => value !== undefined);
    // It throws for names, and for most values, that HTTP cannot carry.
    const checked = [...new Headers(given)];
    const [wrong] = checked.find(([, value]) => CONTROL_CHARACTER.test(value)) ?? [];
    if (wrong !== undefined) throw new TypeError(`HTTP cannot carry the value of ${wrong}`);
    return Object.fromEntries(checked.filter(([name]) => !DESCRIBES_BODY.test(name)));
  } catch (cause) {
    throw new Error('headers: the function gave none that can be sent', { cause });
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** The headers of both. Those of `over` count more, in whatever case their names are. */
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

/** RFC 9110, 5.5. */
const CONTROL_CHARACTER = /[^\t\x20-\x7e\x80-\xff]/;

const DESCRIBES_BODY = /^(content-(type|encoding|length)|te|grpc-.*)$/;
