import type { Span } from '@opentelemetry/api';
import { endWithError, endWithStatus, type PageRequestOptions, PageRequests } from './requests.ts';

/**
 * Records the requests that the page sends with `XMLHttpRequest`: each has a span and, on the page's own origin and the
 * allowed ones, the `traceparent` header. Call the result to undo it.
 */
export function instrumentPageXhr(options: PageRequestOptions): () => void {
  const requests = new PageRequests('@otelier/sdk/browser/xhr', options);
  const { prototype } = XMLHttpRequest;
  const { open, send } = prototype;
  const opened = new WeakMap<XMLHttpRequest, readonly [method: string, url: string]>();
  prototype.open = function (this: XMLHttpRequest, ...args: unknown[]) {
    opened.set(this, [String(args[0]), String(args[1])]);
    return (open as (...all: unknown[]) => void).apply(this, args);
  };
  prototype.send = function (body) {
    const request = opened.get(this);
    opened.delete(this);
    const span = request && requests.start(...request, (name, value) => this.setRequestHeader(name, value));
    if (span !== undefined) follow(this, span);
    return send.call(this, body);
  };
  return () => {
    prototype.open = open;
    prototype.send = send;
  };
}

function follow(request: XMLHttpRequest, span: Span): void {
  for (const type of ['error', 'timeout', 'abort']) {
    request.addEventListener(type, () => endWithError(span, type, `the request ended with ${type}`), { once: true });
  }
  request.addEventListener('load', () => endWithStatus(span, request.status), { once: true });
}
