import type { HttpRequestOptions } from '../../../../component/http/http-request.ts';

/** The API server address and credentials. */
export interface ApiServerSettings {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: NonNullable<HttpRequestOptions['tls']>;
}
