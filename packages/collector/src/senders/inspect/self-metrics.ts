/** The counters of an SDK about itself that are read (semantic conventions, "OpenTelemetry SDK metrics"). */
const COUNTER = /^otel\.sdk\.(processor|exporter)\.(span|log|metric_data_point)\.(processed|exported)$/;
const SIGNAL_OF_ITEM: Readonly<Record<string, SelfCount['signal']>> = {
  span: 'traces',
  log: 'logs',
  metric_data_point: 'metrics',
};
/** Maximum number of counters that are kept per sender. */
const MAX_COUNTERS = 32;

/** A counter of an SDK about itself. */
export interface SelfCount {
  readonly signal: 'traces' | 'logs' | 'metrics';
  /** The component: what a processor handled, or what an exporter sent. */
  readonly of: 'processor' | 'exporter';
  /** `error.type`; empty for items that were passed on or sent. */
  readonly error: string;
  /** Attributes that identify the component. */
  readonly component: string;
  /** Start of the counter. */
  readonly startMillis: number;
  value: number;
  /** Number of items that had been received when the value was read. */
  received: number;
}

/** Collects what SDKs tell about themselves: items that they dropped, and items that they sent. */
export class SelfMetrics {
  readonly counts = new Map<string, SelfCount>();

  /** Reads a cumulative value. `receivedOf` returns the number of items of a signal that were received so far. */
  add(
    metric: string,
    attributes: Readonly<Record<string, unknown>>,
    { value, startMillis }: { readonly value: number; readonly startMillis: number },
    receivedOf: (signal: SelfCount['signal']) => number,
  ): void {
    const [, of, item = ''] = COUNTER.exec(metric) ?? [];
    const signal = SIGNAL_OF_ITEM[item];
    if ((of !== 'processor' && of !== 'exporter') || signal === undefined || !Number.isFinite(value)) return;
    const error = textOf(attributes['error.type']);
    const component = `${textOf(attributes['otel.component.type'])} ${textOf(attributes['otel.component.name'])}`;
    const key = JSON.stringify([of, signal, error, component]);
    const known = this.counts.get(key);
    const received = receivedOf(signal);
    // A counter with another start belongs to a new start of the process.
    if (known !== undefined && known.startMillis === startMillis) {
      known.value = value;
      known.received = received;
    } else if (known !== undefined || this.counts.size < MAX_COUNTERS) {
      this.counts.set(key, { signal, of, error, component, value, received, startMillis });
    }
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 80) : '';
}
