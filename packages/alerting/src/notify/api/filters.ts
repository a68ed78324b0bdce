import { compilePattern, PatternError } from '@otelier/query/pattern';
import type { LabelSet } from '../matching/labels.ts';
import { labelValue, type Matcher } from '../matching/matcher.ts';
import { parseMatcher } from '../matching/parse-matchers.ts';
import { ApiError } from './api-error.ts';

/** Maximum number of matchers in a request. */
const MAX_FILTERS = 100;

/** Parses the matchers of a repeated parameter. Throws a `MatcherError`. */
export function parseFilters(query: URLSearchParams, name: string): readonly Matcher[] {
  const texts = query.getAll(name);
  if (texts.length > MAX_FILTERS)
    throw new ApiError(400, `${name}: expected at most ${MAX_FILTERS}, got ${texts.length}`);
  return texts.map(parseMatcher);
}

/** Reports whether labels fulfill filters. An empty value also matches a label that is there or not, as its operator says. */
export function matchesFilter(matchers: readonly Matcher[], labels: LabelSet): boolean {
  return matchers.every((matcher) => {
    const isPresent = Object.hasOwn(labels, matcher.name);
    const isNegative = matcher.operator === '!=' || matcher.operator === '!~';
    if (matcher.value === '' && isPresent === isNegative) return true;
    return matcher.matches(labelValue(labels, matcher.name));
  });
}

/** Returns a parameter that is true unless the request says `false`. */
export function flagOf(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  if (text === null || text === '') return true;
  if (/^(?:1|t|true|y|yes|on|ok|checked|selected|enabled)$/i.test(text)) return true;
  if (/^(?:0|f|false|n|no|off|nil|null|disabled)$/i.test(text)) return false;
  throw new ApiError(422, `${name} in query must be of type boolean: ${JSON.stringify(text.slice(0, 100))}`);
}

/** Returns a test for the names of receivers by the parameter `receiver`, an expression that must match the whole name. */
export function receiverTest(query: URLSearchParams): (name: string) => boolean {
  const source = query.get('receiver');
  if (source === null) return () => true;
  try {
    const pattern = compilePattern(`^(?:${source})$`);
    return (name) => pattern.test(name);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new ApiError(400, `failed to parse receiver param: ${error.message}`, { isRequest: false });
  }
}
