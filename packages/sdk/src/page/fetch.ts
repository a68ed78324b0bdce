import { endWithError, endWithStatus, type PageRequestOptions, PageRequests } from './requests.ts';

/**
 * Records the requests that the page sends with `fetch`: each has a span and, on the page's own origin and the allowed
 * ones, the `traceparent` header. Call the result to undo it.
 */
export function instrumentPageFetch(options: PageRequestOptions): () => void {
  const requests = new PageRequests('@otelier/sdk/browser/fetch', options);
  const original = globalThis.fetch;
  const instrumented = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const isRequest = input instanceof Request;
    let headers: Headers | undefined;
    const span = requests.start(
      init?.method ?? (isRequest ? input.method : 'GET'),
      isRequest ? input.url : String(input),
      (name, value) => {
        headers = new Headers(init?.headers ?? (isRequest ? input.headers : undefined));
        headers.set(name, value);
      },
    );
    if (span === undefined) return original(input, init);
    try {
      const response = await original(input, headers === undefined ? init : { ...init, headers });
      // Responses of other origins without CORS have the status 0.
      if (response.type === 'opaque') span.end();
      else endWithStatus(span, response.status);
      return response;
    } catch (error) {
      const { name = 'Error', message = '' } = error as Partial<Error>;
      endWithError(span, name, message);
      throw error;
    }
  };
  // The exporters call the original.
  globalThis.fetch = Object.assign(instrumented, { __original: original });
  return () => {
    if (globalThis.fetch === instrumented) globalThis.fetch = original;
  };
}
