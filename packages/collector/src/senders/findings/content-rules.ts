import { DEPRECATED_ATTRIBUTES, DEPRECATED_METRICS } from '../deprecated-names.generated.ts';
import { codeFor } from './code-by-language.ts';
import { amount, listed, type SenderRule } from './rule.ts';

const deprecated: SenderRule = {
  check: 'deprecated-names',
  run({ inspected: { deprecated: attributes, deprecatedMetrics }, facts }) {
    const names = [...new Set([...attributes.keys(), ...facts.deprecated])];
    const replaced = [
      ...names.map((name) => `${name} → ${DEPRECATED_ATTRIBUTES[name]}`),
      ...deprecatedMetrics.map((name) => `${name} → ${DEPRECATED_METRICS[name]}`),
    ];
    if (replaced.length === 0) return undefined;
    const families = [
      ...(names.some((name) => /^(?:http|net)\./.test(name)) ? ['http'] : []),
      ...(names.some((name) => name.startsWith('db.')) ? ['database'] : []),
    ];
    return {
      severity: 'warning',
      message: `it uses deprecated names of the semantic conventions: ${listed(replaced)}`,
      remedy:
        'Update its instrumentation, or switch it to the stable names. Until then, the processor `schema` or `transform` can rename them.',
      ...(families.length > 0 && { code: `OTEL_SEMCONV_STABILITY_OPT_IN=${families.join(',')}` }),
    };
  },
};

const huge: SenderRule = {
  check: 'huge-attributes',
  run({ inspected: { huge: value }, facts }) {
    const key = value?.key ?? facts.hugeKey;
    if (key === '') return undefined;
    const size =
      value === undefined ? 'more than 32 KiB' : `${Math.round(value.bytes / 1024).toLocaleString('en')} KiB`;
    return {
      severity: 'warning',
      message: `the attribute ${key} has ${size}`,
      remedy: 'Limit the length of values in the SDK, or do not record the value.',
      code: 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT=4096',
    };
  },
};

const limits: SenderRule = {
  check: 'sdk-limits',
  run({ inspected: { dropped } }) {
    const { attributes, events, links } = dropped;
    if (attributes + events + links === 0) return undefined;
    const kinds = [
      ...(attributes > 0 ? [amount(attributes, 'attribute')] : []),
      ...(events > 0 ? [amount(events, 'event')] : []),
      ...(links > 0 ? [amount(links, 'link')] : []),
    ];
    return {
      severity: 'warning',
      message: `limits of its SDK removed ${listed(kinds)} from the inspected items`,
      remedy: 'Record less per item, or raise the limits.',
      code: 'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT=256 OTEL_SPAN_EVENT_COUNT_LIMIT=256 OTEL_SPAN_LINK_COUNT_LIMIT=256',
    };
  },
};

const invalidIds: SenderRule = {
  check: 'invalid-ids',
  run({ inspected: { invalidIds: count } }) {
    if (count === 0) return undefined;
    return {
      severity: 'error',
      message: `${amount(count, 'inspected span has', 'inspected spans have')} a trace or span ID that is missing, zero or of the wrong length`,
      remedy:
        'Trace IDs have 16 bytes and span IDs 8, not all zero. Use the ID generator of the SDK; in OTLP/JSON, IDs are hexadecimal and not base64.',
    };
  },
};

const invalidTimes: SenderRule = {
  check: 'invalid-times',
  run({ inspected: { invalidTimes: count } }) {
    if (count === 0) return undefined;
    return {
      severity: 'warning',
      message: `${amount(count, 'inspected item has', 'inspected items have')} no time, or an end before the start`,
      remedy:
        'Let the SDK take the times. A custom start time must be of the same clock as the end: do not mix the time of day with a monotonic clock.',
    };
  },
};

const conflicts: SenderRule = {
  check: 'metric-conflicts',
  run({ inspected: { conflicts: names } }) {
    if (names.length === 0) return undefined;
    return {
      severity: 'warning',
      message: `metrics are sent with two identities: ${listed(names)}`,
      remedy:
        'Give the instruments of a name one type and unit, and all metric readers one temporality preference. Remove a second reader.',
      code: 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative',
    };
  },
};

const duplicates: SenderRule = {
  check: 'duplicate-series',
  run({ inspected: { duplicates: names } }) {
    if (names.length === 0) return undefined;
    return {
      severity: 'warning',
      message: `requests have several points for the same series of ${listed(names)}`,
      remedy: 'Create each instrument once, and report a set of attributes once per callback.',
    };
  },
};

const temporality: SenderRule = {
  check: 'temporality',
  run({ inspected: { temporality: streams } }) {
    if (streams.length === 0) return undefined;
    return {
      severity: 'warning',
      message: listed(streams),
      remedy: 'Use cumulative temporality, or `lowmemory`, which keeps up-down counters cumulative.',
      code: 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative',
    };
  },
};

/** Number of root spans from which a scope is checked, and the shares that decide. */
const MIN_ROOTS = 10;
const MIN_INSIDE = 0.9;
const MAX_EXPECTED = 0.5;

const context: SenderRule = {
  check: 'lost-context',
  run({ inspected: { roots }, facts: { language } }) {
    const lost = roots.filter(
      ({ roots: all, inside, expected, children }) =>
        children === 0 && all >= MIN_ROOTS && inside >= all * MIN_INSIDE && expected <= all * MAX_EXPECTED,
    );
    if (lost.length === 0) return undefined;
    const spans = lost.reduce((total, { inside }) => total + inside, 0);
    const isJavaScript = language === 'nodejs' || language === 'webjs';
    return {
      severity: 'warning',
      message: `${amount(spans, 'span')} of ${listed(lost.map(({ scope }) => scope || '(no scope)'))} began traces of their own while a request of the same process ran`,
      remedy: isJavaScript
        ? 'Two copies of `@opentelemetry/api` are loaded, or no context manager is registered. Let all packages resolve to one copy, and register the provider before other modules load.'
        : 'Two copies of the API are loaded, or the context is not passed on to other threads and callbacks.',
      code: codeFor('context', language),
    };
  },
};

/** Number and share of missing parents that are reported. */
const MIN_MISSING = 3;
const MIN_MISSING_SHARE = 0.1;

const orphans: SenderRule = {
  check: 'orphan-spans',
  run({ inspected: { parents }, facts: { language } }) {
    const { watched, missing } = parents;
    if (missing < MIN_MISSING || missing < watched * MIN_MISSING_SHARE) return undefined;
    return {
      severity: 'warning',
      message: `${missing} of ${amount(watched, 'parent')} in the same process did not arrive within 30 s after their children`,
      remedy:
        'A sampler decides for each span on its own, or spans are never ended. Use a parent-based sampler, and end spans also when the operation fails.',
      code: codeFor('sampler', language),
    };
  },
};

/** The rules about what telemetry contains. */
export const CONTENT_RULES: readonly SenderRule[] = [
  invalidIds,
  context,
  orphans,
  conflicts,
  duplicates,
  temporality,
  invalidTimes,
  huge,
  limits,
  deprecated,
];
