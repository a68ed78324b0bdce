import type { LogPattern } from '@otelier/query';
import { Fragment, type ReactNode } from 'react';
import { plural } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';

type Variable = NonNullable<LogPattern['parts'][number]['variable']>;

/** Number of different values up to which the most frequent ones say something. */
const FEW = 12;
const SHOWN = 3;

/** A pattern whose variables are marked with their kind. */
export function PatternText({ parts }: { readonly parts: LogPattern['parts'] }): ReactNode {
  if (parts.length === 0) return <span className="t3">{t('(empty body)')}</span>;
  return (
    <bdi>
      {parts.map(({ text, variable }, index) =>
        isNothing(variable) ? (
          <Fragment key={index}>{text}</Fragment>
        ) : variable.kind === 'escape' ? null : (
          <span key={index} className="lo-var" title={variable.values.map(({ value }) => value).join('\n')}>
            {variable.kind}
          </span>
        ),
      )}
    </bdi>
  );
}

/** Returns the text of a pattern, with the kinds of its variables in angle brackets. */
export function patternText(parts: LogPattern['parts']): string {
  return parts.map(({ text, variable }) => (isNothing(variable) ? text : `<${variable.kind}>`)).join('');
}

/** Returns the common values of the variable that says most: `hit (93 %), miss`, or `60 – 94`. */
export function commonValues(parts: LogPattern['parts']): string {
  const variables = parts.flatMap(({ variable }) =>
    isNothing(variable) || variable.kind === 'escape' ? [] : [variable],
  );
  const [few] = variables.filter(({ distinct }) => distinct <= FEW).sort((a, b) => b.distinct - a.distinct);
  if (few !== undefined) return valuesText(few);
  const [range] = variables.flatMap(({ range: found }) => (isNothing(found) ? [] : [found]));
  if (range !== undefined) return `${range[0]} – ${range[1]}`;
  const [first] = variables;
  return first === undefined ? '' : plural(first.distinct, 'value');
}

function valuesText({ values, distinct }: Variable): string {
  const total = values.reduce((sum, { count }) => sum + count, 0);
  const shown = values.slice(0, SHOWN).map(({ value, count }, index) => {
    const share = index === 0 && distinct <= values.length ? ` (${Math.round((count / total) * 100)} %)` : '';
    return `${value}${share}`;
  });
  return `${shown.join(', ')}${distinct > SHOWN ? `, ${t('{count} more', { count: distinct - SHOWN })}` : ''}`;
}

function isNothing<T>(value: T | null | undefined): value is null | undefined {
  return value === undefined || value === null;
}
