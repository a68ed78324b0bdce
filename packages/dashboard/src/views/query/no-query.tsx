import type { ReactNode } from 'react';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { type Language, languageOf } from '../../query/languages.ts';

/** What is shown before the first run. */
export function NoQuery({
  language,
  running,
  onExample,
}: {
  readonly language: Language;
  readonly running: boolean;
  readonly onExample: () => void;
}): ReactNode {
  if (running) return <LoadingRows rows={10} />;
  const { title, example } = languageOf(language);
  return (
    <section className="pane" aria-label={t('Result')}>
      <EmptyState
        title={t('Nothing has run yet')}
        actions={
          <button type="button" className="btn small" onClick={onExample}>
            {t('Run an example')}
          </button>
        }
      >
        <p>
          {t('Write a query in {title} and press Ctrl Enter. Completion knows the names and values in this range.', {
            title,
          })}
        </p>
        <pre className="code qu-example">{example}</pre>
      </EmptyState>
    </section>
  );
}
