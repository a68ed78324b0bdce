import { metrics, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Recorder } from '../../../../packages/sdk/src/instrumentation/subject.testing.ts';

/** A program that an instrumentation observes, in steps. */
export interface Program {
  /** Whether the program brings its own official instrumentation of HTTP servers. */
  readonly hasOwnServerSpans?: boolean;
  /** Whether each step runs within a span, which some official instrumentations require. */
  readonly hasParent?: boolean;
  run(host: Host): Promise<void>;
}

/** What a program receives. */
export interface Host {
  /** Whether the program activates our instrumentation. The official one is active before the program runs. */
  readonly isOurs: boolean;
  readonly options: Recorder['options'];
  /** The port of the database, or the address of the broker. */
  readonly server: string;
  /** Runs a step. The spans that have ended when the next step starts belong to it. */
  step(name: string, run: () => Promise<unknown>): Promise<void>;
  /** Replaces a value that differs between runs. */
  hide(value: number | string, placeholder: string): void;
  /** Undoes the instrumentation and closes connections, in the reverse order. */
  after(end: () => unknown): void;
}

/** A span as it is compared. */
export interface RecordedSpan {
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly exceptions: number;
  readonly links: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The spans of each step, and the attributes of each metric. */
export interface Result {
  readonly steps: Readonly<Record<string, readonly RecordedSpan[]>>;
  readonly metrics: Readonly<Record<string, readonly string[]>>;
}

/** What an SDK has recorded. */
export interface Records {
  readonly options: Recorder['options'];
  /** Returns the spans that have ended, in order. */
  ended(): Promise<readonly ReadableSpan[]>;
  metrics(): Promise<readonly MetricData[]>;
}

/** Runs a program and returns what it has recorded. */
export async function record(
  program: Program,
  isOurs: boolean,
  server: string,
  { options, ended, metrics: metricsOf }: Records,
): Promise<Result> {
  const steps: Record<string, readonly RecordedSpan[]> = {};
  const hidden = new Map<string, string>();
  const ends: (() => unknown)[] = [];
  metrics.setGlobalMeterProvider(options.meterProvider);
  try {
    await program.run({
      isOurs,
      options,
      server,
      async step(name, run) {
        const { length } = await ended();
        if (program.hasParent === true) await trace.getTracer(APPLICATION).startActiveSpan('step', endAfter(run));
        else await run();
        // Spans end in callbacks of the library that may come after the application's.
        for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
        steps[name] = (await ended())
          .slice(length)
          .filter(isCompared)
          .map((span) => recorded(span, hidden));
      },
      hide: (value, placeholder) => void hidden.set(String(value), placeholder),
      after: (end) => void ends.unshift(end),
    });
    return { steps, metrics: attributesOf(await metricsOf()) };
  } finally {
    for (const end of ends) await end();
    metrics.disable();
  }
}

const APPLICATION = 'application';

function endAfter(run: () => Promise<unknown>): (span: Span) => Promise<void> {
  return async (span) => {
    await run();
    span.end();
  };
}

/** The official instrumentations of sockets and names record connections, too. */
function isCompared({ name, instrumentationScope }: ReadableSpan): boolean {
  return instrumentationScope.name !== APPLICATION && !/^(?:tcp|tls|dns|fs)\./.test(name);
}

function recorded(
  { kind, name, status, events, links, attributes }: ReadableSpan,
  hidden: ReadonlyMap<string, string>,
): RecordedSpan {
  const shown = (value: unknown): unknown => {
    let text = JSON.stringify(value);
    for (const [each, placeholder] of hidden) text = text.replaceAll(new RegExp(`\\b${each}\\b`, 'g'), placeholder);
    return text === JSON.stringify(value) ? value : text.replaceAll('"', '');
  };
  const { 'network.peer.port': peer, ...rest } = attributes;
  return {
    kind: String(SpanKind[kind]),
    name: String(shown(name)),
    status: String(SpanStatusCode[status.code]),
    exceptions: events.filter((event) => event.name === 'exception').length,
    links: links.length,
    attributes: Object.fromEntries([
      ...Object.entries(rest).flatMap(([key, value]) => (value === undefined ? [] : [[key, shown(value)]])),
      // A client's port is another one each time.
      ...(peer === undefined ? [] : [['network.peer.port', kind === SpanKind.SERVER ? 'PEER' : shown(peer)]]),
    ]),
  };
}

function attributesOf(all: readonly MetricData[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    all
      .filter(({ descriptor }) => /^(?:http|db|messaging)\./.test(descriptor.name))
      .map(({ descriptor, dataPoints }): [string, string[]] => [
        descriptor.name,
        [...new Set(dataPoints.flatMap(({ attributes }) => Object.keys(attributes)))].toSorted(),
      ])
      .toSorted(([a], [b]) => a.localeCompare(b)),
  );
}
