import type { StreamParser, StringStream } from '@codemirror/language';

/** How a language is highlighted. */
export interface TokenRules {
  readonly keywords: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  readonly isCaseSensitive: boolean;
  readonly lineComment: string;
  /** Quotes of strings; those of SQL's names are not strings. */
  readonly quotes: string;
  /** Characters of names beyond letters, digits and underscores. */
  readonly inNames: string;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

export const SQL_TOKENS: TokenRules = {
  keywords: words(
    'select from where group by order limit offset having with as and or not in is null like ilike between case when then else end join left right inner outer full cross on using union all distinct asc desc filter over partition rows range exists true false interval timestamp qualify explain values unnest lateral',
  ),
  functions: words(
    'count sum avg min max median quantile quantile_cont approx_quantile approx_count_distinct time_bucket date_trunc round floor ceil abs coalesce nullif greatest least lower upper length substr replace regexp_matches regexp_extract regexp_replace contains starts_with ends_with concat list string_agg arg_max arg_min any_value first last epoch epoch_ms to_timestamp now cast try_cast json_extract json_extract_string json_keys json_array_length len unnest row_number rank lag lead stddev histogram red slow_routes n_plus_one error_rate_by_release log_patterns',
  ),
  isCaseSensitive: false,
  lineComment: '--',
  quotes: "'",
  inNames: '$',
};

export const LOGQL_TOKENS: TokenRules = {
  keywords: words(
    'by without on ignoring group_left group_right bool offset and or unless json logfmt regexp pattern unpack line_format label_format unwrap decolorize drop keep distinct',
  ),
  functions: words(
    'rate rate_counter count_over_time bytes_rate bytes_over_time sum_over_time avg_over_time max_over_time min_over_time first_over_time last_over_time stdvar_over_time stddev_over_time quantile_over_time absent_over_time sum avg max min count topk bottomk sort sort_desc stddev stdvar vector label_replace ip duration duration_seconds bytes approx_topk',
  ),
  isCaseSensitive: true,
  lineComment: '#',
  quotes: '"`',
  inNames: '$',
};

export const TRACEQL_TOKENS: TokenRules = {
  keywords: words(
    'by with select coalesce true false nil and or ok error unset server client internal producer consumer',
  ),
  functions: words(
    'rate count count_over_time min_over_time max_over_time avg_over_time sum_over_time quantile_over_time histogram_over_time compare avg max min sum topk bottomk',
  ),
  isCaseSensitive: true,
  lineComment: '//',
  quotes: '"`',
  inNames: '$.:-/',
};

interface State {
  /** The quote of the string that the position is in. */
  quote: string;
}

/** Returns a tokenizer. It never rejects a text; the server decides what is valid. */
export function tokenizer(rules: TokenRules): StreamParser<State> {
  const name = new RegExp(`^[\\p{L}_$][\\p{L}\\d_${rules.inNames.replace(/[\]\\^-]/g, '\\$&')}]*`, 'u');
  const number = /^\d[\d.]*(?:ns|us|µs|ms|[smhdwy])?\b/;
  return {
    startState: () => ({ quote: '' }),
    token(stream, state) {
      if (state.quote !== '') return readString(stream, state);
      if (stream.eatSpace()) return null;
      if (stream.match(rules.lineComment)) {
        stream.skipToEnd();
        return 'comment';
      }
      const next = stream.peek() ?? '';
      if (rules.quotes.includes(next)) {
        stream.next();
        state.quote = next;
        return readString(stream, state);
      }
      if (/\d/.test(next) && stream.match(number)) return 'number';
      const from = stream.pos;
      if (!stream.match(name)) {
        stream.next();
        return null;
      }
      return kindOf(rules, stream.string.slice(from, stream.pos), stream);
    },
  };
}

function kindOf(rules: TokenRules, word: string, stream: StringStream): string | null {
  const key = rules.isCaseSensitive ? word : word.toLowerCase();
  if (word.startsWith('$')) return 'variableName.special';
  if (rules.functions.has(key) && stream.match(/^\s*\(/, false)) return 'variableName.function';
  if (rules.keywords.has(key)) return 'keyword';
  return stream.match(/^\s*(?:=~|!~|!=|=)/, false) ? 'labelName' : null;
}

function readString(stream: StringStream, state: State): string {
  while (!stream.eol()) {
    const character = stream.next();
    if (character === '\\' && state.quote === '"') stream.next();
    else if (character === state.quote) {
      state.quote = '';
      break;
    }
  }
  return 'string';
}
