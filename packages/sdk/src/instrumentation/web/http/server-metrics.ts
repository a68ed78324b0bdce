import type { Attributes, Context, Histogram, Meter } from '@opentelemetry/api';

/** What a request's measurements are grouped by (semantic conventions, "HTTP metrics"). */
export interface RequestDimensions {
  readonly method: string;
  readonly scheme: string;
  readonly protocolVersion: string | undefined;
  readonly route: string | undefined;
  readonly statusCode: number | undefined;
  readonly errorType: string | undefined;
}

/** The instruments of HTTP servers. */
export class Instruments {
  readonly #duration: Histogram;
  readonly #requestSize: Histogram;
  readonly #responseSize: Histogram;
  /** By route, because bound instruments save the search for the attributes. */
  readonly #durations = new Map<string | undefined, BoundDuration[]>();
  /** Active requests, which are observed, because that costs a request nothing. */
  readonly #active: ActiveRequests[] = [];
  #boundCount = 0;

  constructor(meter: Meter) {
    this.#duration = meter.createHistogram('http.server.request.duration', {
      description: 'Duration of HTTP server requests.',
      unit: 's',
      advice: { explicitBucketBoundaries: DURATION_BOUNDARIES },
    });
    meter
      .createObservableUpDownCounter('http.server.active_requests', {
        description: 'Number of active HTTP server requests.',
        unit: '{request}',
      })
      .addCallback((result) => {
        for (const { count, method, scheme } of this.#active)
          result.observe(count, { 'http.request.method': method, 'url.scheme': scheme });
      });
    this.#requestSize = meter.createHistogram('http.server.request.body.size', {
      description: 'Size of HTTP server request bodies.',
      unit: 'By',
    });
    this.#responseSize = meter.createHistogram('http.server.response.body.size', {
      description: 'Size of HTTP server response bodies.',
      unit: 'By',
    });
  }

  /** Adds to the number of active requests. */
  addActive(count: 1 | -1, method: string, scheme: string): void {
    for (const each of this.#active)
      if (each.method === method && each.scheme === scheme) {
        each.count += count;
        return;
      }
    // Methods and schemes are known ones, so that there are few.
    this.#active.push({ method, scheme, count });
  }

  /** Records a request's duration in seconds. The context links exemplars to the request's span. */
  recordDuration(seconds: number, dimensions: RequestDimensions, context: Context): void {
    this.#recorderOf(dimensions).record(seconds, context);
  }

  /** Compares values instead of building a key, because few combinations occur on a route. */
  #recorderOf(dimensions: RequestDimensions): Recorder {
    const { method, scheme, protocolVersion, route, statusCode, errorType } = dimensions;
    let ofRoute = this.#durations.get(route);
    if (ofRoute !== undefined)
      for (const { dimensions: each, recorder } of ofRoute)
        if (
          each.statusCode === statusCode &&
          each.method === method &&
          each.errorType === errorType &&
          each.protocolVersion === protocolVersion &&
          each.scheme === scheme
        )
          return recorder;
    const recorder = boundRecorder(this.#duration, attributesOf(dimensions));
    if (this.#boundCount < MAX_BOUND && (ofRoute?.length ?? 0) < MAX_BOUND_PER_ROUTE) {
      this.#boundCount++;
      ofRoute ??= [];
      this.#durations.set(route, ofRoute);
      ofRoute.push({ dimensions, recorder });
    }
    return recorder;
  }

  /** Records the sizes of both bodies in bytes. */
  recordSizes(requestBytes: number, responseBytes: number, dimensions: RequestDimensions, context: Context): void {
    const attributes = attributesOf(dimensions);
    this.#requestSize.record(requestBytes, attributes, context);
    this.#responseSize.record(responseBytes, attributes, context);
  }
}

function attributesOf(dimensions: RequestDimensions): Attributes {
  const { method, scheme, protocolVersion, route, statusCode, errorType } = dimensions;
  return {
    'http.request.method': method,
    'url.scheme': scheme,
    ...(protocolVersion !== undefined && { 'network.protocol.version': protocolVersion }),
    ...(route !== undefined && { 'http.route': route }),
    ...(statusCode !== undefined && { 'http.response.status_code': statusCode }),
    ...(errorType !== undefined && { 'error.type': errorType }),
  };
}

interface ActiveRequests {
  readonly method: string;
  readonly scheme: string;
  count: number;
}

interface BoundDuration {
  readonly dimensions: RequestDimensions;
  readonly recorder: Recorder;
}

interface Recorder {
  record(value: number, context?: Context): void;
}

/** Binds the histogram to the attributes if its SDK can (OpenTelemetry specification, "Instrument bind"). */
function boundRecorder(
  histogram: Histogram & { bind?(attributes: Attributes): Recorder },
  attributes: Attributes,
): Recorder {
  return histogram.bind?.(attributes) ?? { record: (value, context) => histogram.record(value, attributes, context) };
}

/** Bounds the memory of an application whose routes are not of low cardinality. */
const MAX_BOUND = 2_000;
/** Bounds the time of a search. */
const MAX_BOUND_PER_ROUTE = 32;
/** The bucket boundaries of durations in seconds (semantic conventions, "HTTP metrics"). */
export const DURATION_BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
