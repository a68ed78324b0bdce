import type { IngestTarget, PushResponse } from '@otelier/query';
import { errorMessage } from '../../component/error-message.ts';
import { httpRequest, httpStream } from '../../component/http/http-request.ts';
import type { PathRequest } from '../../component/http/push-server.ts';
import { textResponse } from '../../component/http/text-response.ts';

/** Options for `IntakeProxy`. */
export interface IntakeProxyOptions {
  /** URL of Datadog's API. */
  readonly url: string;
  /** API key, which replaces that of the sender. */
  readonly key: string;
  /** Maximum size of a request body. */
  readonly maxBytes: number;
}

const TIMEOUT_MILLIS = 30_000;
/** Headers of the sender that Datadog gets. */
const FORWARDED = ['content-type', 'content-encoding', 'user-agent', 'dd-agent-version', 'dd-agent-payload'] as const;

/** Forwards descriptions of hosts to Datadog. */
export class IntakeProxy {
  readonly #options: IntakeProxyOptions;

  constructor(options: IntakeProxyOptions) {
    this.#options = options;
  }

  /** Sends a request to the same path of Datadog, and returns its response; 502 if there is none. */
  async forward(request: PathRequest, target: Pick<IngestTarget, 'admit'>): Promise<PushResponse> {
    const { url, key, maxBytes } = this.#options;
    const announced = request.contentLength ?? maxBytes;
    if (announced > maxBytes) return tooLarge(maxBytes);
    const admission = target.admit(announced);
    if ('kind' in admission) return textResponse(503, admission.reason, { 'retry-after': '1' });
    try {
      const body = await request.readBody(announced);
      if (body === undefined) return tooLarge(announced);
      const stream = await httpStream(`${url}${request.path}?api_key=${encodeURIComponent(key)}`, {
        method: request.method,
        headers: { ...forwardedHeaders(request), 'dd-api-key': key },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MILLIS),
      });
      const { status, headers, body: message } = await stream.complete();
      const type = headers['content-type'];
      return { status, message, headers: type === undefined ? {} : { 'content-type': type } };
    } catch (error) {
      return textResponse(502, `no response from ${url}: ${errorMessage(error)}`);
    } finally {
      admission.release();
    }
  }

  /** Throws if Datadog rejects the key, or does not respond. */
  async checkKey(): Promise<void> {
    const { url, key } = this.#options;
    const { status } = await httpRequest(`${url}/api/v1/validate`, {
      headers: { 'dd-api-key': key },
      signal: AbortSignal.timeout(TIMEOUT_MILLIS),
    }).catch((error: unknown) => {
      throw new Error(`intake.proxy.api: no response from ${url}: ${errorMessage(error)}`, { cause: error });
    });
    if (status !== 200) throw new Error(`intake.proxy.api.key: expected a valid API key, ${url} responds ${status}`);
  }
}

function tooLarge(maxBytes: number): PushResponse {
  return textResponse(413, `body: expected at most ${maxBytes} bytes, got more`);
}

function forwardedHeaders({ headers }: PathRequest): Record<string, string> {
  const forwarded: Record<string, string> = {};
  for (const name of FORWARDED) {
    const [value] = [headers[name]].flat();
    if (value !== undefined) forwarded[name] = value;
  }
  return forwarded;
}
