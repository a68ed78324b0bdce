import { type AnyJson, attributes, nanos, type RequestJson } from '../../json/otlp-json.ts';
import type { Operation, Shop } from './shop.ts';
import type { SimulatedSpan } from './simulate.ts';

/** Values of `Span.SpanKind` and `SeverityNumber` (opentelemetry-proto). */
const SPAN_KIND = { internal: 1, server: 2, client: 3 } as const;
const SEVERITY = {
  info: { number: 9, text: 'INFO' },
  warn: { number: 13, text: 'WARN' },
  error: { number: 17, text: 'ERROR' },
} as const;

/** Returns the resource of a service. */
export function resourceOf(shop: Shop, service: string): AnyJson {
  const { version, language } = shop.services[service] ?? { version: '0', language: 'unknown' };
  return {
    attributes: attributes({
      'service.name': service,
      'service.version': version,
      'service.namespace': 'shop',
      'telemetry.sdk.language': language,
      'host.name': `node-${(service.length % 3) + 1}`,
      'k8s.pod.name': `${service}-7c9d5f-${service.slice(0, 2)}l2q`,
      'deployment.environment.name': 'demo',
    }),
  };
}

/** Encodes spans as an export request, with one resource per service. */
export function encodeSpans(shop: Shop, spans: readonly SimulatedSpan[]): RequestJson {
  return {
    resourceSpans: groupByService(spans).map(([service, own]) => ({
      resource: resourceOf(shop, service),
      scopeSpans: [
        { scope: { name: shop.services[service]?.scope ?? 'shop', version: '0.57.0' }, spans: own.map(encodeSpan) },
      ],
    })),
  };
}

/** Encodes the logs that the services write during the spans, or returns `undefined` if there are none. */
export function encodeLogs(shop: Shop, spans: readonly SimulatedSpan[], random: () => number): RequestJson | undefined {
  const groups = groupByService(spans)
    .map(([service, own]) => ({ service, records: own.flatMap((span) => logRecords(span, random)) }))
    .filter(({ records }) => records.length > 0);
  if (groups.length === 0) return undefined;
  return {
    resourceLogs: groups.map(({ service, records }) => ({
      resource: resourceOf(shop, service),
      scopeLogs: [{ scope: { name: `${service}.logger` }, logRecords: records }],
    })),
  };
}

function encodeSpan(span: SimulatedSpan): AnyJson {
  const { operation, failure } = span;
  const failed = failure !== undefined && (operation.kind !== 'server' || span.httpStatus >= 500);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
    flags: 0x101,
    name:
      operation.database === undefined
        ? span.name
        : `${operation.database.operation} ${databaseTarget(operation.database)}`,
    kind: SPAN_KIND[operation.kind],
    startTimeUnixNano: nanos(span.startMillis),
    endTimeUnixNano: nanos(span.endMillis),
    attributes: attributes(spanAttributes(span)),
    ...(failed
      ? {
          status: { code: 2, message: failure.message },
          events: [
            {
              timeUnixNano: nanos(span.endMillis - 0.2),
              name: 'exception',
              attributes: attributes({
                'exception.type': failure.type,
                'exception.message': failure.message,
                'exception.stacktrace': `${failure.type}: ${failure.message}\n    at ${span.name.replace(/[^a-zA-Z.]+/g, '_')} (src/${span.service}.ts:88:13)\n    at handle (src/server.ts:41:9)`,
              }),
            },
          ],
        }
      : {}),
  };
}

/** The table of an SQL statement, or the key of a Redis command. */
function databaseTarget(database: NonNullable<Operation['database']>): string {
  const target = database.system === 'redis' ? /^\S+ (\S+)/ : /\b(?:FROM|INTO|UPDATE) (\S+)/;
  return target.exec(database.statement)?.[1] ?? database.system;
}

function spanAttributes({ operation, httpStatus, service, spanId }: SimulatedSpan): Record<string, string | number> {
  const { http, database } = operation;
  if (database !== undefined) {
    return {
      'db.system.name': database.system,
      'db.operation.name': database.operation,
      'db.query.text': database.statement,
      'server.address': `${database.system}.shop.test`,
    };
  }
  if (http === undefined) return { 'code.function.name': `${service}.run` };
  const common = {
    'http.request.method': http.method,
    'http.response.status_code': httpStatus,
    'network.protocol.version': '1.1',
  };
  if (http.peer !== undefined)
    return { ...common, 'server.address': http.peer, 'url.full': `https://${http.peer}${http.route}` };
  const id = (Number.parseInt(spanId.slice(0, 6), 16) % 4000).toString();
  return {
    ...common,
    'http.route': http.route,
    'url.path': http.route.replace(/:\w+/, id),
    'server.address': `${service}.shop.test`,
    'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64)',
    'enduser.id': `user-${id}`,
  };
}

function logRecords(span: SimulatedSpan, random: () => number): AnyJson[] {
  const { operation, failure } = span;
  const millis = Math.round(span.endMillis - span.startMillis);
  if (failure !== undefined && operation.calls.length === 0) {
    return [
      logRecord(span, span.httpStatus >= 500 ? 'error' : 'warn', `${span.name} failed: ${failure.message}`, {
        'exception.type': failure.type,
        'retry.attempts': 2,
      }),
    ];
  }
  if (operation.kind === 'server') {
    const severity = span.httpStatus >= 500 ? 'error' : span.httpStatus >= 400 ? 'warn' : 'info';
    return [
      logRecord(span, severity, `${span.name} returned ${span.httpStatus} in ${millis} ms`, {
        'http.response.status_code': span.httpStatus,
        'duration.ms': millis,
      }),
    ];
  }
  if (operation.database !== undefined && millis > operation.medianMillis * 3) {
    return [
      logRecord(span, 'warn', `slow query: ${operation.database.statement} took ${millis} ms`, {
        'db.system.name': operation.database.system,
      }),
    ];
  }
  if (span.name === 'session.verify' && random() < 0.5)
    return [logRecord(span, 'info', `session verified for user ${Math.floor(random() * 4000)}`, {})];
  return [];
}

function logRecord(
  span: SimulatedSpan,
  severity: keyof typeof SEVERITY,
  body: string,
  extra: Record<string, string | number>,
): AnyJson {
  return {
    timeUnixNano: nanos(span.endMillis - 0.1),
    observedTimeUnixNano: nanos(span.endMillis),
    severityNumber: SEVERITY[severity].number,
    severityText: SEVERITY[severity].text,
    body: { stringValue: body },
    attributes: attributes(extra),
    traceId: span.traceId,
    spanId: span.spanId,
    flags: 1,
  };
}

function groupByService(spans: readonly SimulatedSpan[]): [string, SimulatedSpan[]][] {
  const groups = new Map<string, SimulatedSpan[]>();
  for (const span of spans) {
    const own = groups.get(span.service);
    if (own === undefined) groups.set(span.service, [span]);
    else own.push(span);
  }
  return [...groups];
}
