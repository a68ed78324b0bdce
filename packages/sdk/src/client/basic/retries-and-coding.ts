import { compressed } from '../compress.ts';

/** Sends a request of a basic client, several times if necessary. Resolves with the last response. */
export type RequestRetries = (post: () => Promise<Response>) => Promise<Response>;

/** Options of `retries`. */
export interface RetryOptions {
  /** Number of times a request is sent. Default 5. */
  readonly attempts?: number;
  /** Time before the second attempt. Doubles for each further one, and varies randomly by up to half. Default 1,000. */
  readonly initialDelayMillis?: number;
  /** Limit of the time between attempts, also if the server asks for a longer one. Default 30,000. */
  readonly maxDelayMillis?: number;
}

/**
 * Makes a basic client send requests again that the server could not accept or that did not reach it (OTLP specification,
 * "Retryable Response Codes"): `createBasicClient({ retry: retries() })`. The items of such a request remain part of the
 * client's limit.
 */
export function retries({
  attempts = 5,
  initialDelayMillis = 1_000,
  maxDelayMillis = 30_000,
}: RetryOptions = {}): RequestRetries {
  return async (post) => {
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= attempts;
      let seconds = Number.NaN;
      try {
        const response = await post();
        if (isLast || !RETRYABLE.includes(response.status)) return response;
        seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
        await response.body?.cancel();
      } catch (error) {
        if (isLast) throw error;
      }
      const delayMillis = initialDelayMillis * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
      await sleep(Math.min(seconds * 1_000 || delayMillis, maxDelayMillis));
    }
  };
}

const RETRYABLE = [429, 502, 503, 504];

/** Does not keep a process of Node alive. */
function sleep(millis: number): Promise<void> {
  return new Promise((resolve) => {
    const timer: { unref?(): void } | number = setTimeout(resolve, millis);
    if (typeof timer === 'object') timer.unref?.();
  });
}

/** Compresses the bodies of a client's requests. */
export interface BodyCoding {
  /** Value of the `Content-Encoding` header. */
  readonly name: string;
  encode(parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>>;
}

/** Makes a basic client compress its requests: `createBasicClient({ compression: gzip })`. */
export const gzip: BodyCoding = { name: 'gzip', encode: (parts) => compressed('gzip', parts) };
