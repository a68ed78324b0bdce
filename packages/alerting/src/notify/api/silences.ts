import { PatternError } from '@otelier/query/pattern';
import { z } from 'zod';
import { createMatcher, type Matcher, type MatchOperator } from '../matching/matcher.ts';
import { type Silence, SilenceError, type SilenceState, silenceState } from '../silences/silence.ts';
import { ApiError } from './api-error.ts';
import { readBody, time } from './body.ts';
import type { ApiContext } from './context.ts';
import { flagOf, parseFilters } from './filters.ts';

const STATES: readonly SilenceState[] = ['active', 'pending', 'expired'];

/** Returns the silences: those that end next, those that begin next, and those that ended last. */
export function listSilences({ notifier, query, nowMs }: ApiContext): readonly object[] {
  const filters = parseFilters(query, 'filter');
  const states = new Set(STATES.filter((state) => flagOf(query, state)));
  const order = ({ startsAtMs, endsAtMs }: Silence, state: SilenceState) =>
    state === 'pending' ? startsAtMs : state === 'active' ? endsAtMs : -endsAtMs;
  return notifier.silences
    .list()
    .map((silence) => ({ silence, state: silenceState(silence, nowMs) }))
    .filter(({ silence, state }) => states.has(state) && hasMatchers(silence, filters))
    .sort(
      (a, b) =>
        STATES.indexOf(a.state) - STATES.indexOf(b.state) || order(a.silence, a.state) - order(b.silence, b.state),
    )
    .map(({ silence }) => toJson(silence, nowMs));
}

/** A filter selects silences that have its matcher. */
function hasMatchers({ matchers }: Silence, filters: readonly Matcher[]): boolean {
  return filters.every(({ name, operator, value }) =>
    matchers.some((matcher) => matcher.name === name && matcher.operator === operator && matcher.value === value),
  );
}

/** Returns a silence. */
export function getSilence({ notifier, nowMs }: ApiContext, _: Request, id: string): object {
  checkId(id);
  const silence = notifier.silences.get(id);
  if (silence === undefined) throw new SilenceError('unknown', `silence ${id} not found`);
  return toJson(silence, nowMs);
}

/** Ends a silence. */
export async function deleteSilence({ notifier }: ApiContext, _: Request, id: string): Promise<undefined> {
  checkId(id);
  await notifier.silences.expire(id);
}

function checkId(id: string): void {
  if (/^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(id)) return;
  throw new ApiError(422, `silenceID in path must be of type uuid: ${JSON.stringify(id.slice(0, 100))}`);
}

const postedSilence = z.object({
  id: z.string().optional(),
  matchers: z
    .array(
      z.object({
        name: z.string(),
        value: z.string(),
        isRegex: z.boolean(),
        isEqual: z.boolean().optional(),
      }),
    )
    .min(1),
  startsAt: time,
  endsAt: time,
  createdBy: z.string(),
  comment: z.string(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** Creates or changes a silence. */
export async function postSilence({ notifier, nowMs }: ApiContext, request: Request): Promise<object> {
  const { startsAt = nowMs, endsAt = 0, ...posted } = await readBody(request, postedSilence, 'silence');
  const invalid = (message: string) => new SilenceError('invalid', `Failed to create silence: ${message}`);
  if (startsAt >= endsAt) throw invalid('start time must be before end time');
  if (endsAt < nowMs) throw invalid("end time can't be in the past");
  const matchers = posted.matchers.map(({ name, value, isRegex, isEqual = true }) => {
    const operator: MatchOperator = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=';
    try {
      return createMatcher(name, operator, value);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      throw invalid(`invalid regular expression ${JSON.stringify(value)}: ${error.message}`);
    }
  });
  const { id, createdBy, comment, annotations = {} } = posted;
  const input = { id, matchers, startsAtMs: startsAt, endsAtMs: endsAt, createdBy, comment, annotations };
  return { silenceID: await notifier.silences.create(input) };
}

function toJson(silence: Silence, nowMs: number): object {
  const { id, matchers, startsAtMs, endsAtMs, updatedAtMs, createdBy, comment, annotations } = silence;
  return {
    id,
    status: { state: silenceState(silence, nowMs) },
    updatedAt: new Date(updatedAtMs).toISOString(),
    annotations,
    comment,
    createdBy,
    endsAt: new Date(endsAtMs).toISOString(),
    matchers: matchers.map(({ name, operator, value }) => ({
      isEqual: operator === '=' || operator === '=~',
      isRegex: operator === '=~' || operator === '!~',
      name,
      value,
    })),
    startsAt: new Date(startsAtMs).toISOString(),
  };
}
