import { localContext } from '@otelier/otlp';
import type { ComponentContext } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import type { ClientTlsConfig } from '../../component/fields/client.ts';
import { type Authorize, authorizeRequests } from '../../component/fields/client-auth.ts';
import { requestTls } from '../../component/http/request-tls.ts';
import type { Reading, ReadingGroup } from '../scraping/reading.ts';
import { type CheckResponse, requestUrl } from './request.ts';

/** URLs to check, and how. */
export interface HttpTarget {
  readonly urls: readonly string[];
  readonly method: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMillis: number;
  readonly tls: ClientTlsConfig;
  readonly auth?: { readonly authenticator: string } | undefined;
}

type Check = () => Promise<readonly ReadingGroup[]>;

const CLASSES = [1, 2, 3, 4, 5] as const;

/** Returns a function that requests all URLs at once. Throws if TLS files cannot be read or an authenticator is missing. */
export function createHttpCheck(targets: readonly HttpTarget[], context: ComponentContext): Check {
  const { clock } = context;
  const startMillis = clock.now();
  const prepared = targets.map((target) => ({
    ...target,
    tls: requestTls(target.tls),
    authorize: authorizeRequests(target, context),
  }));
  return async () => {
    const checks = prepared.flatMap((target) => target.urls.map((url) => checkUrl(url, target, context)));
    return [{ resource: {}, startMillis, readings: (await Promise.all(checks)).flat() }];
  };
}

interface PreparedTarget extends Omit<HttpTarget, 'tls' | 'auth'> {
  readonly tls: ReturnType<typeof requestTls>;
  readonly authorize: Authorize | undefined;
}

async function checkUrl(url: string, target: PreparedTarget, { clock }: ComponentContext): Promise<Reading[]> {
  const { method, timeoutMillis } = target;
  const abort = new AbortController();
  const timeout = new Error(`no response after ${timeoutMillis} ms`);
  const cancel = clock.setTimeout(() => abort.abort(timeout), timeoutMillis);
  const begin = clock.monotonic();
  let response: CheckResponse | undefined;
  let error = '';
  try {
    const headers = await headersOf(target, clock.now(), abort.signal);
    response = await requestUrl(url, { ...target, headers, signal: abort.signal });
  } catch (reason) {
    error = errorMessage(abort.signal.aborted ? timeout : reason);
  } finally {
    cancel();
  }
  const attributes = { 'http.url': url };
  const readings: Reading[] = [{ metric: 'httpcheck.duration', value: clock.monotonic() - begin, attributes }];
  if (error !== '')
    readings.push({ metric: 'httpcheck.error', value: 1, attributes: { ...attributes, 'error.message': error } });
  const { status = 0, certificateEndMillis } = response ?? {};
  for (const digit of CLASSES)
    readings.push({
      metric: 'httpcheck.status',
      value: Math.trunc(status / 100) === digit ? 1 : 0,
      attributes: {
        ...attributes,
        'http.status_code': BigInt(status),
        'http.method': method,
        'http.status_class': `${digit}xx`,
      },
    });
  if (certificateEndMillis !== undefined) {
    const value = Math.trunc((certificateEndMillis - clock.now()) / 1000);
    readings.push({ metric: 'httpcheck.tls.cert_remaining', value, attributes });
  }
  return readings;
}

async function headersOf(
  { headers, authorize }: PreparedTarget,
  nowMillis: number,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const authorized = await authorize?.(localContext(nowMillis), signal);
  if (authorized === undefined) return headers;
  if (authorized.kind === 'retry' || authorized.kind === 'refused') throw new Error(authorized.reason);
  return authorized.headers;
}
