import type { ReactNode } from 'react';
import { t } from '../../locale/t.ts';
import { Code } from '../../parts/code.tsx';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { locateError } from '../../query/error-position.ts';
import type { Rule } from './alerting-api.ts';
import { languageOf } from './rule-state.ts';

/** The expression of a rule. An error is shown with its position in it. */
export function RuleExpression({ rule }: { readonly rule: Rule }): ReactNode {
  const { query, health, lastError = '' } = rule;
  const language = languageOf(rule);
  if (health !== 'err') return <Code text={query} />;
  const { message, offset } = locateError(language, { text: query, sourceOffset: (at) => at }, lastError);
  const line = offset === undefined ? undefined : query.slice(0, offset).split('\n').length;
  const column = offset === undefined ? 0 : offset - query.lastIndexOf('\n', offset - 1);
  return (
    <>
      <ScrollRegion label={t('Expression')} className="al-broken">
        <pre className="code">
          {offset === undefined ? (
            query
          ) : (
            <>
              {query.slice(0, offset)}
              <mark>{query.slice(offset, endOfWord(query, offset)) || ' '}</mark>
              {query.slice(endOfWord(query, offset))}
            </>
          )}
        </pre>
      </ScrollRegion>
      <div className="al-error s12" role="status">
        <b className="err">{t('This rule cannot be evaluated')}</b>
        <p>
          {line !== undefined && <span className="t3">{t('line {line}, column {column}: ', { line, column })}</span>}
          <bdi>{message}</bdi>
        </p>
        <p className="t2">{t('It neither fires nor resolves until then. Other rules are evaluated.')}</p>
      </div>
    </>
  );
}

/** Returns the end of the word at an offset, at least one character later. */
function endOfWord(text: string, offset: number): number {
  const word = /^[\w.:]+/.exec(text.slice(offset, offset + 100));
  return Math.min(text.length, offset + Math.max(1, word?.[0].length ?? 0));
}
