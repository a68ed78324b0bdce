import type { CompletionSource } from '@codemirror/autocomplete';
import { StreamLanguage } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import type { Language } from '../query/languages.ts';
import { completeLogql } from './completions/complete-logql.ts';
import { completeSql } from './completions/complete-sql.ts';
import { completeTraceql } from './completions/complete-traceql.ts';
import type { CompletionRange } from './contract.ts';
import { LOGQL_TOKENS, SQL_TOKENS, type TokenRules, TRACEQL_TOKENS, tokenizer } from './tokens.ts';

type Range = () => CompletionRange;

/** Returns highlighting and completion for a language. */
export function languageSupport(language: Language, range: Range): Extension {
  switch (language) {
    case 'promql':
      return promql(range);
    case 'sql':
      return own(SQL_TOKENS, completeSql(range));
    case 'logql':
      return own(LOGQL_TOKENS, completeLogql(range));
    case 'traceql':
      return own(TRACEQL_TOKENS, completeTraceql(range));
  }
}

/** Prometheus' own completion. It reads the range before now, so the requests are moved to the page's range. */
function promql(range: Range): Extension {
  const fetchFn = (input: RequestInfo, init?: RequestInit): Promise<Response> => {
    const url = new URL(String(input), location.origin);
    const { startMillis, endMillis } = range();
    if (url.searchParams.has('start')) url.searchParams.set('start', String(startMillis / 1000));
    if (url.searchParams.has('end')) url.searchParams.set('end', String(endMillis / 1000));
    return fetch(url, init);
  };
  const remote = { url: '/prometheus', httpMethod: 'GET' as const, fetchFn, httpErrorHandler: () => undefined };
  // Errors are shown after a run, as in the other languages.
  return new PromQLExtension().setComplete({ remote }).activateLinter(false).asExtension();
}

function own(rules: TokenRules, source: CompletionSource): Extension {
  const language = StreamLanguage.define(tokenizer(rules));
  return [language, language.data.of({ autocomplete: source })];
}
