import { ROOT_CONTEXT, type TracerProvider, trace } from '@opentelemetry/api';
import { SDK_VERSION } from '../version.ts';

/** Options for the load of a page. */
export interface PageLoadOptions {
  readonly tracerProvider: TracerProvider;
  /** Records a span for each script, style sheet, image and other resource. Default `false`. */
  readonly resources?: boolean;
}

/**
 * Records the load of the page as a span, in the trace of the server that sent the document if it names one: in the
 * `Server-Timing` header (`serverTiming` of the server's instrumentation) or in `<meta name="traceparent">`. Its events
 * are the phases of the navigation. Call the result to undo it.
 */
export function instrumentPageLoad({ tracerProvider, resources = false }: PageLoadOptions): () => void {
  const tracer = tracerProvider.getTracer('@otelier/sdk/browser/page-load', SDK_VERSION);
  let timer: ReturnType<typeof setTimeout> | undefined;
  // The end of the load is known after the event.
  const later = () => {
    timer = setTimeout(record);
  };
  if (document.readyState === 'complete') later();
  else addEventListener('load', later, { once: true });
  return () => {
    removeEventListener('load', later);
    clearTimeout(timer);
  };

  function record(): void {
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    if (navigation === undefined) return;
    const span = tracer.startSpan(
      'documentLoad',
      {
        startTime: timeOf(navigation.startTime),
        attributes: {
          'url.full': location.href.split('#')[0],
          'http.response.status_code': navigation.responseStatus || undefined,
          'http.response.body.size': navigation.encodedBodySize,
          'browser.navigation.type': navigation.type,
        },
      },
      parentOf(navigation),
    );
    for (const phase of PHASES) if (navigation[phase] > 0) span.addEvent(phase, timeOf(navigation[phase]));
    for (const { name, startTime } of performance.getEntriesByType('paint')) {
      span.addEvent(name === 'first-paint' ? 'firstPaint' : 'firstContentfulPaint', timeOf(startTime));
    }
    const context = trace.setSpan(ROOT_CONTEXT, span);
    const fetched = (performance.getEntriesByType('resource') as PerformanceResourceTiming[]).filter(() => resources);
    for (const { name, initiatorType, startTime, responseEnd, encodedBodySize } of fetched) {
      const attributes = { 'url.full': name, 'browser.resource.initiator_type': initiatorType };
      const size = { 'http.response.body.size': encodedBodySize };
      tracer
        .startSpan('resourceFetch', { startTime: timeOf(startTime), attributes: { ...attributes, ...size } }, context)
        .end(timeOf(responseEnd));
    }
    span.end(timeOf(navigation.loadEventEnd));
  }
}

function parentOf({ serverTiming = [] }: PerformanceNavigationTiming) {
  const header = serverTiming.find(({ name }) => name === 'traceparent')?.description;
  const text = header ?? document.querySelector<HTMLMetaElement>('meta[name=traceparent]')?.content ?? '';
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags ?? '', 16) & 1;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** Converts a time since the start of the navigation. */
function timeOf(millis: number): number {
  return performance.timeOrigin + millis;
}

const PHASES = [
  'fetchStart',
  'domainLookupStart',
  'domainLookupEnd',
  'connectStart',
  'secureConnectionStart',
  'connectEnd',
  'requestStart',
  'responseStart',
  'responseEnd',
  'domInteractive',
  'domContentLoadedEventEnd',
  'domComplete',
  'loadEventEnd',
] as const;
