import type { JsonAttributes, LogRecord, Span } from '@otelier/query';
import { type Random, randomFrom } from './random.ts';
import { type Call, visit } from './shop-calls.ts';

/** A span with its start time in milliseconds, for assigning it to steps. */
export interface ShopSpan extends Span {
  readonly traceId: string;
  readonly startMillis: number;
}

/** A log record with its time in milliseconds. */
export interface ShopLog extends LogRecord {
  readonly timeMillis: number;
}

const VERSIONS: Readonly<Record<string, string>> = {
  frontend: '3.11.0',
  cart: '1.19.2',
  checkout: '2.4.0',
  payment: '2.8.1',
  catalog: '5.2.7',
  shipping: '1.7.3',
  recommendation: '0.9.4',
};
const VISITS_A_SECOND = 3;

/** A reproducible shop of seven services. A bad version of the payment service was deployed 16 minutes ago. */
export class Shop {
  readonly spans: ShopSpan[] = [];
  readonly logs: ShopLog[] = [];
  readonly traces = new Map<string, ShopSpan[]>();
  readonly deployMillis: number;
  #untilSecond = 0;
  #cursor = 0;

  /** With `hasDayBefore`, the shop was also open at the same time on the previous day. */
  constructor(nowMillis: number, minutes: number, hasDayBefore = false) {
    this.deployMillis = nowMillis - 16 * 60_000;
    const startSecond = Math.floor(nowMillis / 1000) - minutes * 60;
    if (hasDayBefore) {
      this.#untilSecond = startSecond - 86_400;
      this.advance(nowMillis - 86_400_000);
    }
    this.#untilSecond = startSecond;
    this.advance(nowMillis);
  }

  /** Advances the simulation to `nowMillis`. */
  advance(nowMillis: number): void {
    for (; this.#untilSecond < Math.floor(nowMillis / 1000); this.#untilSecond += 1) {
      const random = randomFrom(this.#untilSecond);
      for (let index = 0; index < VISITS_A_SECOND; index += 1) {
        const startMillis = (this.#untilSecond + (index + random.next()) / VISITS_A_SECOND) * 1000;
        this.#add(visit(random, startMillis > this.deployMillis), startMillis, random);
      }
    }
  }

  /** Adds a trace with exactly this number of spans, deep and wide, that starts at `startMillis`. */
  addLargeTrace(spans: number, traceId: string, startMillis: number): void {
    const random = randomFrom(7);
    const kinds = ['frontend', 'cart', 'checkout', 'payment', 'catalog', 'shipping', 'recommendation'] as const;
    const list: ShopSpan[] = [];
    for (let index = 0; index < spans; index += 1) {
      const parent = index === 0 ? undefined : list[Math.max(0, index - 1 - Math.floor(random.next() ** 3 * 40))];
      const begin =
        parent === undefined ? startMillis : parent.startMillis + random.next() * (parent.durationNanos / 1e6) * 0.5;
      const availableMillis = parent === undefined ? 60_000 : parent.startMillis + parent.durationNanos / 1e6 - begin;
      list.push(
        spanOf(random, traceId, parent?.spanId, begin, {
          service: random.pick(kinds),
          name: `step ${index}`,
          at: 0,
          lasts: Math.max(0.01, availableMillis * (0.2 + 0.7 * random.next())),
          attributes: { 'step.index': index },
        }),
      );
    }
    this.#keep(traceId, list);
  }

  #add(call: Call, startMillis: number, random: Random): void {
    const traceId = random.hex(32);
    const list: ShopSpan[] = [];
    const walk = (one: Call, parentId: string | undefined, base: number): void => {
      const span = spanOf(random, traceId, parentId, base + one.at, one);
      list.push(span);
      this.#log(one, span, random);
      for (const child of one.calls ?? []) walk(child, span.spanId, base + one.at);
    };
    walk(call, undefined, startMillis);
    this.#keep(traceId, list);
  }

  #keep(traceId: string, list: ShopSpan[]): void {
    this.traces.set(traceId, list);
    for (const span of list) this.spans.push(span);
  }

  #log(call: Call, span: ShopSpan, random: Random): void {
    const end = span.startMillis + call.lasts;
    const order = span.traceId.slice(0, 6);
    const say = (timeMillis: number, severityNumber: number, body: string, attributes: JsonAttributes = {}): void => {
      this.#cursor += 1;
      this.logs.push({
        cursor: `c${this.#cursor}`,
        timeMillis,
        timeNanos: nanos(timeMillis),
        observedTimeNanos: nanos(timeMillis + 3.1),
        severityNumber,
        severityText:
          severityNumber >= 17 ? 'ERROR' : severityNumber >= 13 ? 'WARN' : severityNumber >= 9 ? 'INFO' : 'DEBUG',
        body,
        service: call.service,
        scopeName: `${call.service}/main`,
        traceId: span.traceId,
        spanId: span.spanId,
        eventName: undefined,
        attributes,
        resourceAttributes: span.resourceAttributes,
      });
    };
    if (call.name === 'gateway.charge') {
      say(span.startMillis + 2, 9, `charging order ${order}`, {
        'payment.amount': 84.9,
        'payment.currency': 'EUR',
        'payment.method': 'card',
      });
      say(span.startMillis + 3, 5, 'token cache hit', { key: 'tok_9Qd', age: '41s' });
      if (call.failure !== undefined)
        say(span.startMillis + 803, 13, `gateway slow, attempt 2 of 2, charge of order ${order} not confirmed`, {
          'retry.budget': 0.79,
          'payment.method': 'card',
          'server.address': 'gateway.acmepay.test',
        });
    }
    if (call.kind === 'SERVER' && call.service === 'frontend')
      say(
        end,
        9,
        `${call.name} ${String(span.attributes['http.response.status_code'])} in ${Math.round(call.lasts)} ms`,
        { 'user.id': `u-${Math.floor(random.next() * 90_000)}` },
      );
    if (call.service === 'checkout' && call.name === 'order.total')
      say(end, 5, 'order.total computed', { net: 71.34, vat: 13.56 });
    if (call.name === 'order.place') say(end, 9, `order ${order} placed, charged 84.90 EUR`, { items: 3 });
    if (call.name === 'order.keep_open')
      say(end, 13, `order ${order} kept open, charge will be retried by job`, { queue: 'charges' });
    if (call.failure !== undefined)
      say(end, 17, `${call.failure.type}: ${call.failure.message}`, {
        'exception.type': call.failure.type,
        'order.id': order,
      });
  }
}

function spanOf(
  random: Random,
  traceId: string,
  parentSpanId: string | undefined,
  startMillis: number,
  call: Call,
): ShopSpan {
  const { failure } = call;
  const exception =
    failure === undefined
      ? []
      : [
          {
            at: call.lasts - 1,
            name: 'exception',
            attributes: {
              'exception.type': failure.type,
              'exception.message': failure.message,
              'exception.stacktrace': `${failure.type}: ${failure.message}\n    at GatewayClient.charge (src/gateway.ts:88:13)\n    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)\n    at async Layer.handle (/app/node_modules/express/lib/router/layer.js:95:5)\n    at async charge (src/charge.ts:41:5)`,
            },
          },
        ];
  return {
    traceId,
    spanId: random.hex(16),
    parentSpanId,
    traceState: undefined,
    name: call.name,
    kind: call.kind ?? 'INTERNAL',
    startMillis,
    startNanos: nanos(startMillis),
    durationNanos: Math.round(call.lasts * 1e6),
    statusCode: failure === undefined ? 'UNSET' : 'ERROR',
    statusMessage: failure?.message,
    service: call.service,
    scopeName: `${call.service}/main`,
    attributes: call.attributes ?? {},
    resourceAttributes: {
      'service.name': call.service,
      'service.version': VERSIONS[call.service] ?? '',
      'deployment.environment.name': 'demo',
      'host.name': 'shop-1',
      'k8s.pod.name': `${call.service}-7c9d5f-x2lqp`,
      'telemetry.sdk.language': 'nodejs',
    },
    events: [...(call.events ?? []), ...exception].map((event) => ({
      timeNanos: nanos(startMillis + event.at),
      name: event.name,
      attributes: event.attributes,
    })),
    links: [],
  };
}

function nanos(millis: number): string {
  return String(BigInt(Math.round(millis * 1000)) * 1000n);
}
