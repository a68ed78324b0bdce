import type { ReactNode } from 'react';
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
    <section className="pane" aria-label="Result">
      <EmptyState
        title="Nothing has run yet"
        actions={
          <button type="button" className="btn small" onClick={onExample}>
            Run an example
          </button>
        }
      >
        <p>Write a query in {title} and press Ctrl Enter. Completion knows the names and values in this range.</p>
        <pre className="code qu-example">{example}</pre>
      </EmptyState>
    </section>
  );
}
