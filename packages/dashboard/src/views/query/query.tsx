import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { CodeEditor } from '../../editor/code-editor.tsx';
import type { EditorMark } from '../../editor/contract.ts';
import { t } from '../../locale/t.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icon.tsx';
import { LANGUAGES, type Language, languageOf } from '../../query/languages.ts';
import { queryWindow } from '../../query/query-grid.ts';
import { useQueryRun } from '../../query/use-query-run.ts';
import { useKeys } from '../../shell/keys.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { queryHistory } from './history.ts';
import { NoQuery } from './no-query.tsx';
import { outcomeOf } from './outcome.ts';
import { QueryBar } from './query-bar.tsx';
import './query.css';
import { QueryList } from './query-list.tsx';
import { ResultPane } from './results/result-pane.tsx';

/** The query view: four languages in one editor, over their results, with saved queries and the history at the left. */
export function Query(): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const { query: asked = '', last, at, from, to } = search;
  const language = languageOf(search.lang).id;
  const shown = usePageWindow();
  const [draft, setDraft] = useState(asked);
  const [runs, setRuns] = useState(0);
  const [focusKey, setFocusKey] = useState(0);
  // A link, the history and the back button replace the text.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the draft changes only with the URL
  useEffect(() => setDraft(asked), [asked, language]);
  const run = useQueryRun({
    language,
    text: asked,
    window: queryWindow(shown),
    key: JSON.stringify([runs, last, at, from, to]),
  });
  const edited = draft !== asked;
  const mark = useMemo<EditorMark | undefined>(
    () => (run.error?.offset === undefined ? undefined : { offset: run.error.offset, message: run.error.message }),
    [run.error?.offset, run.error?.message],
  );
  useRecordedRun(language, asked, run);
  const submit = (): void => {
    if (draft.trim() === '') return;
    if (!edited) setRuns((count) => count + 1);
    change({ query: draft, lang: language === 'sql' ? undefined : language });
  };
  const open = (next: { readonly language: Language; readonly text: string; readonly saved?: string }): void => {
    change({
      lang: next.language === 'sql' ? undefined : next.language,
      query: next.text,
      saved: next.saved,
      sort: undefined,
    });
    setDraft(next.text);
  };
  const changeLanguage = (next: Language): void => {
    if (next === language) return;
    // What was written in another language has no meaning in this one; it is kept in the history once it has run.
    open({ language: next, text: '' });
    setFocusKey((count) => count + 1);
  };
  useKeys(t('Query'), [
    { press: 'Ctrl Enter', does: t('run'), hint: t('run'), shown: ['Ctrl', 'Enter'], run: submit },
    ...LANGUAGES.map(({ id, title }, index) => ({
      press: `Alt ${index + 1}`,
      does: title,
      ...(index === 0 ? { hint: t('language'), shown: ['Alt', '1'] } : {}),
      run: () => changeLanguage(id),
    })),
    { press: 'e', does: t('edit the query'), hint: t('edit'), run: () => setFocusKey((count) => count + 1) },
  ]);
  return (
    <div className="qu">
      <QueryList language={language} text={asked} onOpen={open} />
      <div className="qu-main">
        <QueryBar language={language} text={draft} running={run.running} onLanguage={changeLanguage} onRun={submit} />
        <section className="qu-edit bb" aria-label={t('Query text')}>
          <CodeEditor
            label={t('{title} query', { title: languageOf(language).title })}
            language={language}
            value={draft}
            mark={edited ? undefined : mark}
            focusKey={focusKey}
            onChange={setDraft}
            onRun={submit}
            range={shown}
          />
        </section>
        {run.failure !== undefined && (
          <QueryFailure
            failure={run.failure}
            error={run.error}
            retry={run.retry}
            onGo={() => setFocusKey((count) => count + 1)}
          />
        )}
        {run.data === undefined ? (
          run.failure === undefined && (
            <NoQuery
              language={language}
              running={run.running}
              onExample={() => open({ language, text: languageOf(language).example })}
            />
          )
        ) : (
          <ResultPane
            language={language}
            text={asked}
            data={run.data}
            stale={run.failure !== undefined || edited || run.running}
            range={shown}
          />
        )}
      </div>
    </div>
  );
}

/** A failed run: why, and where. The last result stays below. */
function QueryFailure({
  failure,
  error,
  retry,
  onGo,
}: {
  readonly failure: Parameters<typeof Failure>[0]['failure'];
  readonly error: { readonly message: string; readonly offset: number | undefined } | undefined;
  readonly retry: () => void;
  readonly onGo: () => void;
}): ReactNode {
  if (error?.offset === undefined) {
    return (
      <div className="qu-failure bb">
        <Failure failure={failure} retry={retry} tight />
      </div>
    );
  }
  // The editor shows the message at its position.
  return (
    <div className="qu-failure at bb" role="status">
      <span className="err row">
        <Icon name="warn" />
      </span>
      <span className="cut med">{error.message.split('\n')[0]}</span>
      <span className="push row">
        <button type="button" className="btn small" onClick={onGo}>
          {t('Go to the error')}
        </button>
        <CopyButton text={`${failure.request}\n${failure.code}: ${failure.message}`} label={t('Copy details')}>
          {t('Copy details')}
        </CopyButton>
      </span>
    </div>
  );
}

/** Adds finished runs to the history. */
function useRecordedRun(language: Language, text: string, run: ReturnType<typeof useQueryRun>): void {
  const recorded = useRef('');
  useEffect(() => {
    if (run.running || text.trim() === '') return;
    const outcome = outcomeOf(run);
    if (outcome === undefined) return;
    const id = JSON.stringify([language, text, run.data?.atMillis, outcome]);
    if (recorded.current === id) return;
    recorded.current = id;
    queryHistory.add({ language, text, atMillis: Date.now(), ...outcome });
  }, [language, text, run]);
}
