/** Traces user actions on a page: one span per order, with a child span for the request to the server. */
import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { createClient, TracerProvider } from '@otelier/sdk';

// This example reads the endpoint from the page's URL; yours is usually fixed.
const endpoint = new URLSearchParams(location.search).get('endpoint') ?? 'http://127.0.0.1:4318';

const provider = new TracerProvider({
  client: createClient({
    endpoint,
    resource: { 'service.name': 'example-browser', 'browser.language': navigator.language },
  }),
});
const tracer = provider.getTracer('shop');
const status = document.querySelector('#status');

document.querySelector('#order')?.addEventListener('click', async () => {
  const order = tracer.startSpan('order');
  const orderContext = trace.setSpan(context.active(), order);
  const request = tracer.startSpan('GET /stock', { attributes: { 'http.request.method': 'GET' } }, orderContext);
  const headers: Record<string, string> = {};
  propagation.inject(trace.setSpan(orderContext, request), headers);
  try {
    const response = await fetch('/stock', { headers });
    request.setAttribute('http.response.status_code', response.status);
    if (!response.ok) request.setStatus({ code: SpanStatusCode.ERROR });
  } catch (error) {
    request.recordException(error as Error);
    request.setStatus({ code: SpanStatusCode.ERROR });
  } finally {
    request.end();
    order.end();
  }
  if (status !== null) status.textContent = 'ordered';
  // No flush is needed: queued spans are sent within a second, and when the page is hidden or closed.
});
