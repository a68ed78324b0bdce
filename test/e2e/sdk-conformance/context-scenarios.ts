import { EventEmitter, once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, createTraceState, propagation, ROOT_CONTEXT, type Tracer, trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { Sdk } from './sdks.ts';

const at = (millis: number): [number, number] => [1_800_000_000, millis * 1e6];

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';

/** Small programs that use the active span, with each SDK registered globally. */
export const CONTEXT_SCENARIOS: Readonly<Record<string, (sdk: Sdk) => Promise<void>>> = {
  async 'the active span over asynchronous code'(sdk) {
    const provider = sdk.tracers();
    sdk.register(provider);
    const tracer = trace.getTracer('app');
    const child = (name: string) => tracer.startSpan(name, { startTime: at(0) }).end(at(1));
    const task = (name: string) =>
      tracer.startActiveSpan(name, { startTime: at(0) }, async (span) => {
        await Promise.resolve();
        child(`${name}: after a promise`);
        await new Promise((resolve) => setTimeout(resolve, 1));
        child(`${name}: after a timer`);
        await new Promise<void>((resolve) => process.nextTick(resolve));
        child(`${name}: after a tick`);
        await new Promise<void>((resolve) => queueMicrotask(resolve));
        child(`${name}: after a microtask`);
        setImmediate(() => child(`${name}: later`));
        await new Promise((resolve) => setImmediate(resolve));
        span.end(at(2));
      });
    // Sequentially, because the order of spans would vary otherwise.
    await task('first');
    await task('second');
    child('outside');
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const waiting = ['a', 'b'].map((name) =>
      tracer.startActiveSpan(name, { startTime: at(0) }, async (span) => {
        await gate;
        child(`within ${name}`);
        span.end(at(1));
      }),
    );
    release();
    await Promise.all(waiting);
  },

  async 'the active span where callbacks are bound'(sdk) {
    sdk.register(sdk.tracers());
    const tracer: Tracer = trace.getTracer('app');
    const child = (name: string) => tracer.startSpan(name, { startTime: at(0) }).end(at(1));
    const span = tracer.startSpan('bound to', { startTime: at(0) });
    const around = trace.setSpan(context.active(), span);
    context.bind(around, () => child('a function'))();
    const emitter = new EventEmitter();
    emitter.on('event', () => child('a listener that was there before'));
    context.bind(around, emitter);
    emitter.on('event', () => child('a listener'));
    emitter.once('event', () => child('a listener for once'));
    emitter.emit('event');
    emitter.emit('event');
    context.with(around, () => context.with(ROOT_CONTEXT, () => child('in the root again')));
    context.with(suppressTracing(around), () => child('suppressed'));
    try {
      context.with(around, () => {
        throw new Error('expected');
      });
    } catch {
      child('after an error');
    }
    span.end(at(1));
  },

  async 'a request over HTTP'(sdk) {
    sdk.register(sdk.tracers());
    const tracer = trace.getTracer('app');
    const server = createServer((incoming, response) => {
      const came = propagation.extract(ROOT_CONTEXT, incoming.headers);
      const span = tracer.startSpan('server', { startTime: at(0) }, came);
      const tenant = propagation.getBaggage(came)?.getEntry('tenant')?.value ?? 'none';
      span.setAttributes({ tenant, state: trace.getSpanContext(came)?.traceState?.serialize() ?? 'none' }).end(at(1));
      response.end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const traceState = createTraceState('a=1');
    const parent = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      traceFlags: 1,
      traceState,
    });
    const baggage = propagation.createBaggage({ tenant: { value: 'Köln & co' } });
    await context.with(propagation.setBaggage(parent, baggage), () =>
      tracer.startActiveSpan('client', { startTime: at(0) }, async (span) => {
        const headers: Record<string, string> = {};
        propagation.inject(context.active(), headers);
        const [response] = await once(request({ port, host: '127.0.0.1', headers }).end(), 'response');
        await once(response.resume(), 'end');
        span.end(at(2));
      }),
    );
    server.close();
  },
};
