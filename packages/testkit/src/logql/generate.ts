import type { Random } from '../otlp/random.ts';
import { pick } from './entries.ts';
import type { Comparison, TestFilter, TestLogQuery, TestMatcher, TestMetric, TestRange, TestStage } from './query.ts';

const SELECTORS: readonly TestMatcher[] = [
  { name: 'service_name', operator: '=', value: 'shop' },
  { name: 'service_name', operator: '=~', value: 'shop|gateway' },
  { name: 'service_name', operator: '=~', value: '.+' },
  { name: 'service_name', operator: '=', value: 'unknown_service' },
];
const MORE: readonly TestMatcher[] = [
  { name: 'k8s_namespace_name', operator: '=', value: 'eu' },
  { name: 'k8s_namespace_name', operator: '!=', value: 'eu' },
  { name: 'k8s_namespace_name', operator: '=~', value: 'e.|us' },
  { name: 'service_name', operator: '!=', value: 'gateway' },
  { name: 'service_name', operator: '!~', value: 'unk.*' },
];
const TEXTS = ['error', 'GET', '/pay', 'level=', '"', '500', 'ms', 'x.y', 'happened'];
const EXPRESSIONS = ['err|warn', '/[a-z]+/[0-9]', '^level', 'm?s$', 'P[OU][ST]T?', '10\\.0'];
const TEXT_LABELS = ['level', 'method', 'http_method', 'path', 'status', 'service_name', 'user_id', 'verb', 'missing'];

/** Generates a log query whose result does not depend on details of formatting. */
export function generateLogQuery(random: Random): TestLogQuery {
  const matchers = [pick(SELECTORS, random), ...(random(3) === 0 ? [pick(MORE, random)] : [])];
  const stages: TestStage[] = Array.from({ length: Number(random(3) === 0) + Number(random(4) === 0) }, () =>
    lineStage(random),
  );
  if (random(5) > 0)
    stages.push({ kind: pick(['json', 'logfmt', 'pattern', 'regexp', 'logfmt', 'json'] as const, random) });
  if (random(6) === 0) stages.push({ kind: pick(['json', 'logfmt'] as const, random) });
  if (random(3) === 0) stages.push({ kind: 'filter', filter: filterOf(random, 2) });
  if (random(3) === 0) stages.push(changeStage(random));
  // After `keep`, a negated filter would belong to the last label.
  const last = stages.at(-1)?.kind;
  if (random(6) === 0 && last !== 'keep' && last !== 'drop') stages.push(lineStage(random));
  return { matchers, stages };
}

function lineStage(random: Random): TestStage {
  const operator = pick(['|=', '!=', '|~', '!~'] as const, random);
  const from = operator === '|=' || operator === '!=' ? TEXTS : EXPRESSIONS;
  return {
    kind: 'line',
    operator,
    values: Array.from({ length: 1 + Number(random(4) === 0) }, () => pick(from, random)),
  };
}

function changeStage(random: Random): TestStage {
  const [from, to] = [pick(TEXT_LABELS, random), pick(['renamed', 'level', 'extra'], random)];
  switch (random(5)) {
    case 0:
      return { kind: 'line_format', names: [from, pick(TEXT_LABELS, random)] };
    case 1:
      return from === to ? { kind: 'copy', from, to } : { kind: 'rename', from, to };
    case 2:
      return { kind: 'copy', from, to };
    case 3:
      return { kind: 'drop', names: [from, 'missing', pick(TEXT_LABELS, random)] };
    default:
      return { kind: 'keep', names: [from, 'level', 'service_name'] };
  }
}

const COMPARISONS: readonly Comparison[] = ['>', '>=', '<', '<=', '==', '!='];

function filterOf(random: Random, depth: number): TestFilter {
  if (depth > 0 && random(3) === 0) {
    const [left, right] = [filterOf(random, depth - 1), filterOf(random, depth - 1)];
    return { kind: pick(['and', 'or'] as const, random), left, right };
  }
  const operator = pick(COMPARISONS, random);
  switch (random(5)) {
    case 0:
      return {
        kind: 'number',
        name: pick(['status', 'code', 'index', 'user_id'], random),
        operator,
        value: pick(['200', '404.5', '2', '-1'], random),
      };
    case 1:
      return {
        kind: 'duration',
        name: pick(['latency', 'took'], random),
        operator,
        value: pick(['1s', '100ms', '1m30s'], random),
      };
    case 2:
      return { kind: 'bytes', name: 'size', operator, value: pick(['1KB', '2KiB', '1MB'], random) };
    case 3:
      return {
        kind: 'text',
        name: pick(TEXT_LABELS, random),
        operator: pick(['=~', '!~'] as const, random),
        value: pick(['.*', 'err.*|info', '2..', '/[a-z]+'], random),
      };
    default:
      return {
        kind: 'text',
        name: pick(TEXT_LABELS, random),
        operator: pick(['=', '!='] as const, random),
        value: pick(['error', 'GET', '', '200', 'shop'], random),
      };
  }
}

/** A label filter that drops entries with errors, without which a metric query over them fails. */
const NO_ERROR: TestStage = { kind: 'filter', filter: { kind: 'text', name: '__error__', operator: '=', value: '' } };
const GROUPS = [['service_name'], ['level'], ['service_name', 'method'], [], ['k8s_namespace_name', 'status']];

/** Generates a metric query. */
export function generateMetric(random: Random, depth = 2): TestMetric {
  if (depth === 0 || random(4) === 0) return generateRange(random);
  switch (random(6)) {
    case 0:
      return {
        kind: 'scalar',
        operator: pick(['+', '-', '*', '/', '>', '<=', '== bool', '^', '%'], random),
        of: generateMetric(random, depth - 1),
        value: pick([2, 0.5, 10, 1], random),
      };
    case 1: {
      const on = pick(GROUPS, random);
      const side = (): TestMetric => ({
        kind: 'aggregate',
        operator: 'sum',
        without: false,
        labels: on,
        of: generateMetric(random, depth - 1),
      });
      return {
        kind: 'match',
        operator: pick(['+', '/', '>', 'and', 'or', 'unless'], random),
        on,
        left: side(),
        right: side(),
      };
    }
    default:
      return {
        kind: 'aggregate',
        operator: pick(['sum', 'sum', 'avg', 'max', 'min', 'count', 'stddev', 'stdvar'], random),
        without: random(4) === 0,
        labels: pick(GROUPS, random),
        of: generateMetric(random, depth - 1),
      };
  }
}

const COUNTS = ['rate', 'count_over_time', 'bytes_rate', 'bytes_over_time'];
const VALUES = [
  'sum_over_time',
  'avg_over_time',
  'max_over_time',
  'min_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'first_over_time',
  'last_over_time',
  'quantile_over_time',
  'rate',
];
const UNWRAPS = [
  { label: 'status', conversion: '' },
  { label: 'user_id', conversion: '' },
  { label: 'latency', conversion: 'duration' },
  { label: 'size', conversion: 'bytes' },
] as const;
const GROUPED = /^(avg|max|min|stddev|stdvar|first|last|quantile)_/;

function generateRange(random: Random): TestRange {
  const log = generateLogQuery(random);
  const unwrap = random(2) === 0 ? pick(UNWRAPS, random) : undefined;
  const operator = pick(unwrap === undefined ? COUNTS : VALUES, random);
  return {
    kind: 'range',
    operator,
    parameter: operator === 'quantile_over_time' ? pick([0.5, 0.99, 0], random) : undefined,
    log: { ...log, stages: unwrap === undefined ? [...log.stages, NO_ERROR] : [{ kind: 'logfmt' }, ...log.stages] },
    unwrap,
    rangeSeconds: pick([10, 60, 300], random),
    offsetSeconds: random(4) === 0 ? 30 : 0,
    by: unwrap !== undefined && GROUPED.test(operator) && random(2) === 0 ? pick(GROUPS, random) : undefined,
  };
}
