import { type ReactNode, useMemo } from 'react';
import { t } from '../../../locale/t.ts';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import type { QueryResultData } from '../../../query/result.ts';

/** A browser becomes slow with longer text in one element. */
const MAX_CHARACTERS = 200_000;

/** A result as JSON. */
export function JsonText({ result }: { readonly result: QueryResultData }): ReactNode {
  const text = useMemo(() => {
    const { elapsedMillis: _, warnings: __, ...rest } = result;
    const all = JSON.stringify(rest, undefined, 2);
    return all.length > MAX_CHARACTERS
      ? `${all.slice(0, MAX_CHARACTERS)}\n${t('({count} more characters)', { count: all.length - MAX_CHARACTERS })}`
      : all;
  }, [result]);
  return (
    <ScrollRegion className="qu-json" label={t('Result as JSON')}>
      <pre>{text}</pre>
    </ScrollRegion>
  );
}
