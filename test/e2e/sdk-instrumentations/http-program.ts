/**
 * Sends and serves requests with the official `http` and `undici` instrumentations. Usage: `http-program.ts SDK URL`,
 * where SDK is `official` or `light`, and URL receives the telemetry.
 */
import { once } from 'node:events';
import type * as Http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { context, propagation, trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { type SdkName, startGlobalSdk } from './global-sdk.ts';

const [, , sdkName = '', sinkUrl = ''] = process.argv;
const sdk = startGlobalSdk(sdkName as SdkName, sinkUrl);
registerInstrumentations({
  tracerProvider: sdk.tracerProvider,
  meterProvider: sdk.meterProvider,
  instrumentations: [
    new HttpInstrumentation({
      ignoreIncomingRequestHook: ({ url }) => url === '/ignored',
      startOutgoingSpanHook: () => ({ 'hook.start': true }),
      requestHook: (span) => span.setAttribute('hook.request', ['a', 'b']),
      headersToSpanAttributes: { server: { requestHeaders: ['x-asked'], responseHeaders: ['x-replied'] } },
    }),
    new UndiciInstrumentation({ responseHook: (span) => span.setAttribute('hook.response', 1) }),
  ],
});
// The instrumentation only patches modules that are loaded after it has been registered.
const http: typeof Http = createRequire(import.meta.url)('node:http');
const tracer = trace.getTracer('program');

const server = http.createServer((request, response) => {
  void respond(request, response);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const { port } = server.address() as AddressInfo;
const here = `http://127.0.0.1:${port}`;

async function respond(request: Http.IncomingMessage, response: Http.ServerResponse): Promise<void> {
  response.setHeader('x-replied', 'yes');
  switch (request.url) {
    case '/nested':
      // Everything started here must be a child of the request's span, across every `await`.
      await tracer.startActiveSpan('work', async (span) => {
        span.setAttribute('baggage', propagation.getActiveBaggage()?.getEntry('tenant')?.value ?? 'none');
        await new Promise((resolve) => setImmediate(resolve));
        await (await fetch(`${here}/inner`)).text();
        span.end();
      });
      response.end('nested');
      return;
    case '/missing':
      response.writeHead(404).end();
      return;
    case '/broken':
      response.writeHead(500).end();
      return;
    case '/cut':
      request.socket.destroy();
      return;
    default:
      for await (const _chunk of request);
      response.end('hello');
  }
}

/** Sends a request with `node:http` and waits for the end of the response. */
async function send(path: string, options: Http.RequestOptions = {}, body?: string): Promise<void> {
  const request = http.request(`${here}${path}`, { agent: false, ...options });
  request.end(body);
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'end');
}

const failing = (): void => {};

// Requests sent with `node:http`.
await send('/hello?color=blue', { headers: { 'x-asked': 'yes', 'user-agent': 'program/1' } });
await send('/upload', { method: 'POST' }, 'some text');
await send('/missing');
await send('/broken', { method: 'PUT' });
await send('/cut').catch(failing);
await send('/ignored');
await send('/nested');
// Requests sent with `fetch`.
await (await fetch(`${here}/hello?color=blue`)).text();
await (await fetch(`${here}/upload`, { method: 'POST', body: 'some text' })).text();
await (await fetch(`${here}/missing`)).text();
await fetch(`${here}/cut`).catch(failing);
// The SDK's own requests must never create spans.
await sdk.flush();
// A request sent within one of the program's spans, with baggage.
const baggage = propagation.createBaggage({ tenant: { value: 'a' } });
await context.with(propagation.setBaggage(context.active(), baggage), () =>
  tracer.startActiveSpan('both', async (span) => {
    await send('/nested');
    await (await fetch(`${here}/nested`)).text();
    span.end();
  }),
);

server.close();
server.closeAllConnections();
await once(server, 'close');
// A request to a closed port.
await send('/gone').catch(failing);
await fetch(`${here}/gone`).catch(failing);
await sdk.shutdown();
