import { z } from 'zod';
import type { RoutesResponse, Service } from '../../api/api.ts';
import { type ErrorGroup, groupErrors, placesText } from '../error-groups.ts';
import { cut, durationText, numberText, percentText, ResponseText } from '../response-text.ts';
import { rangeInput, rangeOf, rangeText, type TimeRange } from '../time-range.ts';
import { defineTool, type ToolContext, ToolProblem } from '../tool.ts';
import { MAX_ERRORS } from './errors.ts';
import { MAX_ROUTES } from './operations.ts';
import { nothingFound, servicesIn } from './services.ts';

export const compare = defineTool({
  name: 'compare_periods',
  title: 'What changed',
  description:
    'Compares a range with an earlier one of the same length: new errors, operations whose error rate, latency or volume changed, new and vanished operations, and releases. Largest effect first. For questions such as "what changed".',
  input: z.object({
    ...rangeInput,
    baseline_start: z
      .string()
      .optional()
      .describe('Start of the earlier range as an ISO 8601 time. Default: the range directly before.'),
    service: z.string().optional().describe('Only this service.'),
  }),
  async run({ baseline_start: baselineStart, service, ...input }, context) {
    const range = rangeOf(input, context.nowMillis);
    const length = range.end - range.start;
    const start =
      baselineStart === undefined
        ? range.start - length
        : rangeOf({ start: baselineStart }, Number.MAX_SAFE_INTEGER / 2).start;
    if (start + length > range.start)
      throw new ToolProblem('baseline_start: expected an earlier range that ends before `start`');
    const baseline = { start, end: start + length };
    const [before, after] = await Promise.all([baseline, range].map((one) => readPeriod(one, service, context)));
    if (before === undefined || after === undefined || before.routes.size + after.routes.size === 0)
      return await nothingFound('operations', { start, end: range.end }, context);
    const changes = [...releases(before, after), ...newErrors(before, after), ...operationChanges(before, after)];
    const response = new ResponseText('name a service, or a shorter range.');
    response.add(`${rangeText(range)} compared with ${rangeText(baseline)}:`);
    if (before.routes.size === 0) response.add('The earlier range has no operations: everything is new.');
    else if (changes.length === 0) response.add('No operation changed noticeably.');
    for (const { text } of changes.toSorted((a, b) => b.effect - a.effect)) if (!response.add(text)) break;
    return response.toString();
  },
});

type Route = RoutesResponse['routes'][number];

interface Period {
  readonly services: readonly Service[];
  readonly routes: ReadonlyMap<string, Route>;
  readonly errors: ReadonlyMap<string, ErrorGroup>;
}

interface Change {
  /** Changes with a larger effect come first. */
  readonly effect: number;
  readonly text: string;
}

async function readPeriod(range: TimeRange, service: string | undefined, context: ToolContext): Promise<Period> {
  const { client, signal } = context;
  const [services, { routes }, { errors }] = await Promise.all([
    servicesIn(range, context),
    client.get('/routes', { ...range, service, limit: MAX_ROUTES }, signal),
    client.get('/errors', { ...range, service, limit: MAX_ERRORS, steps: 1 }, signal),
  ]);
  return {
    services: services.filter((one) => service === undefined || one.service === service),
    routes: new Map(routes.map((route) => [JSON.stringify([route.service, route.name]), route])),
    errors: new Map(groupErrors(errors).map((group) => [JSON.stringify([group.type, group.message]), group])),
  };
}

/** A release may be the cause of all other changes and comes first. */
const RELEASE_EFFECT = 1e9;

function releases(before: Period, after: Period): Change[] {
  const versions = new Map(before.services.map(({ service, version }) => [service, version]));
  return after.services.flatMap(({ service, version }) => {
    const earlier = versions.get(service);
    if (version === undefined || earlier === undefined || earlier === version) return [];
    return [{ effect: RELEASE_EFFECT, text: `release: ${cut(service, 60)} ${cut(earlier, 30)} → ${cut(version, 30)}` }];
  });
}

/** An error counts as new if it is at least this many times as frequent. */
const ERROR_FACTOR = 3;

function newErrors(before: Period, after: Period): Change[] {
  return [...after.errors].flatMap(([key, group]) => {
    const { count, type, message, sampleTraceId } = group;
    const earlier = before.errors.get(key)?.count ?? 0;
    if (count < ERROR_FACTOR * earlier || count - earlier < 2) return [];
    const what = earlier === 0 ? 'new error' : 'more errors';
    const counts = `${numberText(earlier)} → ${numberText(count)}`;
    const text = `${what}: ${counts} × ${cut(type, 60)}: ${cut(message, 120)} in ${placesText(group)}, trace ${sampleTraceId}`;
    return [{ effect: 2 * significance(earlier, count), text }];
  });
}

/** Smallest ratio of latencies or volumes that is reported. */
const MIN_RATIO = 1.3;
/** Smallest significance that is reported, in standard deviations. */
const MIN_SIGNIFICANCE = 4;

function operationChanges(before: Period, after: Period): Change[] {
  return [...new Set([...before.routes.keys(), ...after.routes.keys()])].flatMap((key) => {
    const [earlier, later] = [before.routes.get(key), after.routes.get(key)];
    const change = [volumeChange(earlier, later)];
    if (earlier !== undefined && later !== undefined)
      change.push(errorRateChange(earlier, later), latencyChange(earlier, later));
    return change.filter((one) => one !== undefined);
  });
}

function volumeChange(earlier: Route | undefined, later: Route | undefined): Change | undefined {
  const route = later ?? earlier;
  const [before, after] = [earlier?.calls ?? 0, later?.calls ?? 0];
  const effect = significance(before, after);
  if (route === undefined || ratio(before, after) < MIN_RATIO || effect < MIN_SIGNIFICANCE) return undefined;
  const what = before === 0 ? 'new' : after === 0 ? 'vanished' : 'volume';
  return { effect, text: `${what}: ${nameOf(route)}, ${numberText(before)} → ${numberText(after)} calls` };
}

function errorRateChange(earlier: Route, later: Route): Change | undefined {
  const expected = (earlier.errors / earlier.calls) * later.calls;
  const effect = significance(expected, later.errors);
  if (ratio(expected, later.errors) < MIN_RATIO || effect < MIN_SIGNIFICANCE) return undefined;
  const rates = `${percentText(earlier.errors, earlier.calls)} → ${percentText(later.errors, later.calls)}`;
  return { effect: 2 * effect, text: `error rate: ${nameOf(later)}, ${rates} of ${numberText(later.calls)} calls` };
}

function latencyChange(earlier: Route, later: Route): Change | undefined {
  const slower = ratio(earlier.p95, later.p95);
  const effect = Math.log2(slower) * Math.sqrt(Math.min(earlier.calls, later.calls));
  if (slower < MIN_RATIO || effect < MIN_SIGNIFICANCE) return undefined;
  const change = (from: number, to: number): string => `${durationText(from)} → ${durationText(to)}`;
  const text = `latency: ${nameOf(later)}, p95 ${change(earlier.p95, later.p95)}, p99 ${change(earlier.p99, later.p99)}`;
  return { effect, text };
}

function nameOf({ service, name }: Route): string {
  return `${cut(service, 40)}: ${cut(name, 60)}`;
}

function ratio(a: number, b: number): number {
  return Math.max(a, b) / Math.max(Math.min(a, b), Number.MIN_VALUE);
}

/** Returns by how many standard deviations two counts differ if both are Poisson distributed. */
function significance(a: number, b: number): number {
  return a === b ? 0 : Math.abs(a - b) / Math.sqrt(a + b);
}
