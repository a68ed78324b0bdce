import { dropFromList, ItemCursor, type RewriteHooks, SPAN_FIELDS } from '@otelier/otlp';
import { defineRewriter } from '../component/rewriter.ts';
import { z } from '../component/schema.ts';
import { formatCount } from '../component/units.ts';
import { compileAny, compileCondition } from '../ottl/compile.ts';
import { ConditionError } from '../ottl/expression.ts';
import type { ConditionContext, Subject } from '../ottl/paths.ts';

export const filter = defineRewriter({
  summary: 'Drops telemetry for which a condition holds.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs'],
  config: z.object({
    errorMode: z
      .enum(['ignore', 'silent', 'propagate'])
      .prefault('propagate')
      .describe(
        'Accepted for the sake of existing files: conditions are checked at start, and do not fail on telemetry.',
      ),
    traces: z
      .object({
        resource: conditions('resource', 'resources, with all their spans'),
        span: conditions('span', 'spans'),
        spanevent: conditions('spanevent', 'events of spans'),
      })
      .prefault({})
      .describe('What to drop of traces.'),
    metrics: z
      .object({
        resource: conditions('resource', 'resources, with all their metrics'),
        metric: conditions('metric', 'metrics, with all their points'),
        datapoint: conditions('datapoint', 'data points'),
      })
      .prefault({})
      .describe('What to drop of metrics.'),
    logs: z
      .object({
        resource: conditions('resource', 'resources, with all their records'),
        logRecord: conditions('log', 'log records'),
      })
      .prefault({})
      .describe('What to drop of logs.'),
  }),
  examples: [
    { title: 'No health checks', config: { traces: { span: ['attributes["http.route"] == "/healthz"'] } } },
    {
      title: 'Only warnings and worse of one service, and no debug metrics',
      config: {
        logs: {
          log_record: ['resource.attributes["service.name"] == "shop" and severity_number < SEVERITY_NUMBER_WARN'],
        },
        metrics: { metric: [String.raw`IsMatch(name, "^debug\\.")`] },
      },
    },
  ],
  describe: ({ traces, metrics, logs }) =>
    formatCount([traces, metrics, logs].flatMap((signal) => Object.values(signal).flat()).length, 'condition'),
  hooks({ traces, metrics, logs }, { signal }) {
    switch (signal) {
      case 'traces':
        return { ...dropping('resource', 'resource', traces.resource), ...spanHooks(traces.span, traces.spanevent) };
      case 'metrics':
        return {
          ...dropping('resource', 'resource', metrics.resource),
          ...dropping('metric', 'metric', metrics.metric),
          ...dropping('item', 'datapoint', metrics.datapoint),
        };
      case 'logs':
        return { ...dropping('resource', 'resource', logs.resource), ...dropping('item', 'log', logs.logRecord) };
    }
  },
});

/** The subject of all conditions of one hook: conditions are asked one at a time, so one object serves all. */
class MovingSubject implements Subject {
  cursor = new ItemCursor(new Uint8Array());
  start = 0;
  end = 0;

  at(cursor: ItemCursor, start: number, end: number): this {
    this.cursor = cursor;
    this.start = start;
    this.end = end;
    return this;
  }
}

function dropping(
  hook: 'resource' | 'metric' | 'item',
  context: ConditionContext,
  texts: readonly string[],
): RewriteHooks<unknown> {
  const drops = compileAny(texts, context);
  if (drops === undefined) return {};
  const subject = new MovingSubject();
  return { [hook]: (cursor: ItemCursor) => (drops(subject.at(cursor, cursor.start, cursor.end)) ? 'drop' : 'keep') };
}

/** Spans go whole or lose events; an event's condition is not asked of a span that goes. */
function spanHooks(spanTexts: readonly string[], eventTexts: readonly string[]): RewriteHooks<unknown> {
  const dropsEvent = compileAny(eventTexts, 'spanevent');
  if (dropsEvent === undefined) return dropping('item', 'span', spanTexts);
  const dropsSpan = compileAny(spanTexts, 'span') ?? (() => false);
  const subject = new MovingSubject();
  return {
    item(cursor) {
      if (dropsSpan(subject.at(cursor, cursor.start, cursor.end))) return 'drop';
      const { splices, bytes, start, end } = cursor;
      dropFromList(
        splices,
        bytes,
        start,
        end,
        SPAN_FIELDS.events,
        (from, to) => !dropsEvent(subject.at(cursor, from, to)),
      );
      return 'keep';
    },
  };
}

/** A list of conditions of one context, each checked when the configuration is read. */
function conditions(context: ConditionContext, what: string) {
  return z
    .array(
      z.string().superRefine((text, issues) => {
        try {
          compileCondition(text, context);
        } catch (error) {
          if (!(error instanceof ConditionError)) throw error;
          issues.addIssue({ code: 'custom', message: error.message, input: text });
        }
      }),
    )
    .prefault([])
    .describe(`Conditions for ${what}; one that holds is enough to drop.`);
}
