import type { Failure, Operation, Shop } from './shop.ts';

/** A simulated span. Times are fractional milliseconds since the epoch. */
export interface SimulatedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly service: string;
  readonly name: string;
  readonly operation: Operation;
  readonly startMillis: number;
  endMillis: number;
  /** The failure of the operation itself or of a nested call. */
  failure: Failure | undefined;
  httpStatus: number;
}

/** The minutes of every half hour in which the payment gateway times out. */
const INCIDENT_MINUTES = { from: 14, to: 20, of: 30 } as const;
/** Standard deviation of the logarithms of durations. */
const SPREAD = 0.45;
/** Network latency before and after a call. */
const NETWORK_MILLIS = 0.7;

/** Reports whether an incident is in progress. */
export function inIncident(millis: number): boolean {
  const minute = (millis / 60_000) % INCIDENT_MINUTES.of;
  return minute >= INCIDENT_MINUTES.from && minute < INCIDENT_MINUTES.to;
}

/** Simulates a visit to the shop and returns the spans of its trace, root first. */
export function simulateTrace(shop: Shop, startMillis: number, random: () => number): SimulatedSpan[] {
  const spans: SimulatedSpan[] = [];
  runOperation(
    { shop, spans, random, traceId: randomHex(32, random) },
    pickEntry(shop, random),
    startMillis,
    undefined,
    'frontend',
  );
  return spans;
}

interface Run {
  readonly shop: Shop;
  readonly spans: SimulatedSpan[];
  readonly random: () => number;
  readonly traceId: string;
}

function runOperation(
  run: Run,
  key: string,
  startMillis: number,
  parentSpanId: string | undefined,
  caller: string,
): SimulatedSpan {
  const operation = run.shop.operations[key];
  if (operation === undefined) throw new Error(`the shop has no operation "${key}"`);
  const separator = key.indexOf(' ');
  const service = operation.database === undefined ? key.slice(0, separator) : caller;
  const span: SimulatedSpan = {
    traceId: run.traceId,
    spanId: randomHex(16, run.random),
    parentSpanId,
    service,
    name: key.slice(separator + 1),
    operation,
    startMillis,
    endMillis: startMillis,
    failure: undefined,
    httpStatus: 200,
  };
  run.spans.push(span);
  const own = operation.medianMillis * Math.exp(SPREAD * gaussian(run.random));
  let now = startMillis + own * 0.4;
  let failedCall: SimulatedSpan | undefined;
  for (const { operation: called, probability, times } of operation.calls) {
    if (run.random() >= probability) continue;
    const count = times[0] + Math.floor(run.random() * (times[1] - times[0] + 1));
    for (let i = 0; i < count && failedCall === undefined; i++) {
      const child = runOperation(run, called, now + NETWORK_MILLIS, span.spanId, service);
      now = child.endMillis + NETWORK_MILLIS;
      if (child.failure !== undefined && child.httpStatus >= 500) failedCall = child;
    }
    if (failedCall !== undefined) break;
  }
  span.failure = pickFailure(operation, startMillis, run.random) ?? failedCall?.failure;
  span.httpStatus = failedCall === undefined ? (span.failure?.status ?? 200) : 502;
  span.endMillis =
    now +
    own * 0.6 +
    (span.failure?.addsMillis !== undefined && failedCall === undefined ? span.failure.addsMillis : 0);
  return span;
}

function pickFailure(operation: Operation, millis: number, random: () => number): Failure | undefined {
  return operation.failures.find(
    (failure) => random() < failure.rate && (failure.onlyInIncident !== true || inIncident(millis)),
  );
}

function pickEntry(shop: Shop, random: () => number): string {
  const total = shop.entries.reduce((sum, { weight }) => sum + weight, 0);
  let rest = random() * total;
  for (const { operation, weight } of shop.entries) {
    rest -= weight;
    if (rest < 0) return operation;
  }
  return shop.entries[0]?.operation ?? '';
}

/** Returns random lowercase hexadecimal digits that are never all zero. */
export function randomHex(digits: number, random: () => number): string {
  let text = '';
  while (text.length < digits)
    text += Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  return /[^0]/.test(text) ? text.slice(0, digits) : `${'0'.repeat(digits - 1)}1`;
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
