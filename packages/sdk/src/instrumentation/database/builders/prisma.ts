import { type Context, context, trace } from '@opentelemetry/api';
import type { DatabaseOptions } from '../telemetry/database-options.ts';
import { BuilderTelemetry } from '../telemetry/query-builder.ts';

export type { DatabaseOptions } from '../telemetry/database-options.ts';

/**
 * Instruments `@prisma/client` from version 6.16 with a driver adapter: each statement has one span (semantic
 * conventions, "SQL databases"), with the operation of the client, such as `User.findMany`, as
 * `db.query.builder.operation`. If the driver is instrumented too, it is the driver's span. Has no effect while
 * `@prisma/instrumentation` is active. Call the result to undo it. Throws an `OptionError` that names the invalid option.
 */
export function instrumentPrisma(options?: DatabaseOptions): () => void {
  const telemetry = new BuilderTelemetry('prisma', options);
  const registration = { helper: tracingHelper(telemetry) };
  if (prisma[REGISTRATION] === undefined) prisma[REGISTRATION] = registration;
  return () => {
    if (prisma[REGISTRATION] === registration) delete prisma[REGISTRATION];
  };
}

/** Returns what clients of Prisma call instead of creating spans. */
function tracingHelper(telemetry: BuilderTelemetry): TracingHelper {
  return {
    isEnabled: () => true,
    getTraceParent(active = context.active()) {
      const span = trace.getSpanContext(active);
      return span === undefined ? NO_PARENT : `00-${span.traceId}-${span.spanId}-0${span.traceFlags & 1}`;
    },
    // Spans of the native engine, which has no driver adapter.
    dispatchEngineSpans() {},
    getActiveContext: () => context.active(),
    runInChildSpan(given, run) {
      const {
        name,
        attributes = {},
        context: parent = context.active(),
      } = typeof given === 'string' ? { name: given } : given;
      const call = () => run(undefined, parent);
      const { name: operation, 'db.query.text': sql, 'db.system.name': system } = attributes;
      if (name === 'operation') return context.with(parent, () => telemetry.annotate(textOf(operation), call));
      if (name.endsWith('_transaction')) return context.with(parent, () => telemetry.annotate('$transaction', call));
      if (name !== 'db_query' || typeof sql !== 'string') return call();
      return context.with(parent, () => telemetry.run({ sql, system: textOf(system) ?? 'other_sql' }, call));
    },
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The context of a span that is not recorded, as Prisma writes it. */
const NO_PARENT = '00-10-10-00';
/** Where clients of all versions find the helper. `@prisma/instrumentation` sets one for its own version, which wins. */
const REGISTRATION = 'PRISMA_INSTRUMENTATION';
const prisma = globalThis as { [REGISTRATION]?: { readonly helper: TracingHelper } };

interface SpanOptions {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly context?: Context;
}

interface TracingHelper {
  isEnabled(): boolean;
  getTraceParent(context?: Context): string;
  dispatchEngineSpans(): void;
  getActiveContext(): Context;
  runInChildSpan<T>(options: string | SpanOptions, run: (span: undefined, context: Context) => T): T;
}
