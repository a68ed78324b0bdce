import { type ReactNode, useRef, useState } from 'react';
import { readDocument, useChangeDocuments, useDocuments } from '../../data/documents/documents.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatDay, formatMinute } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { type Language, languageOf } from '../../query/languages.ts';
import { queryOf } from '../../query/query-of.ts';
import { useKeys } from '../../shell/keys.ts';
import { type HistoryEntry, queryHistory, useQueryHistory } from './history.ts';

type Open = (query: { readonly language: Language; readonly text: string; readonly saved?: string }) => void;

/** Saved queries, which the server keeps, and the history of this browser. */
export function QueryList({
  language,
  text,
  onOpen,
}: {
  readonly language: Language;
  readonly text: string;
  readonly onOpen: Open;
}): ReactNode {
  const [wanted, setWanted] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useKeys(t('Query'), [{ press: '/', does: t('find a query'), hint: t('find'), run: () => field.current?.focus() }]);
  const matches = (...parts: readonly string[]): boolean =>
    parts.some((part) => part.toLowerCase().includes(wanted.trim().toLowerCase()));
  const history = useQueryHistory();
  return (
    <aside className="pane br qu-list" aria-label={t('Queries')}>
      <div className="qu-find bb">
        <label className="field quiet grow">
          <Icon name="search" />
          <input
            ref={field}
            type="search"
            aria-label={t('Find a query')}
            placeholder={t('Find a query')}
            value={wanted}
            onChange={(event) => setWanted(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return;
              event.stopPropagation();
              if (wanted === '') event.currentTarget.blur();
              else setWanted('');
            }}
          />
          <kbd>/</kbd>
        </label>
      </div>
      <ScrollRegion label={t('Saved queries and history')}>
        <Saved matches={matches} onOpen={onOpen} />
        <div className="head bb">
          <h2>{t('History')}</h2>
          <span className="note">{t('this browser, {count}', { count: history.length })}</span>
          {history.length > 0 && (
            <button type="button" className="btn small bare push" onClick={queryHistory.clear}>
              {t('Clear')}
            </button>
          )}
        </div>
        {history.length === 0 && <p className="groupname">{t('Queries that you run appear here.')}</p>}
        {history
          .filter((entry) => matches(entry.text, languageOf(entry.language).title))
          .map((entry) => (
            <HistoryRow
              key={`${entry.language} ${entry.text}`}
              entry={entry}
              current={entry.language === language && entry.text === text}
              onOpen={onOpen}
            />
          ))}
      </ScrollRegion>
    </aside>
  );
}

function Saved({
  matches,
  onOpen,
}: {
  readonly matches: (...parts: readonly string[]) => boolean;
  readonly onOpen: Open;
}): ReactNode {
  const result = useDocuments('query');
  const { saved } = usePageSearch();
  const { remove } = useChangeDocuments();
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const documents = result.data?.documents ?? [];
  const open = async (id: string): Promise<void> => {
    try {
      const query = queryOf((await readDocument('query', id)).content);
      setProblem(query === undefined ? t('This document is not a query.') : undefined);
      if (query !== undefined) onOpen({ ...query, saved: id });
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <>
      <div className="head bb">
        <h2>{t('Saved')}</h2>
        <span className="note">{t('on this server, {count}', { count: documents.length })}</span>
      </div>
      {result.failure !== undefined && <p className="groupname">{result.failure.message}</p>}
      {problem !== undefined && (
        <p className="groupname err" role="alert">
          {problem}
        </p>
      )}
      {result.data !== undefined && documents.length === 0 && (
        <p className="groupname">{t('Save a query to find it here, from every browser.')}</p>
      )}
      {documents
        .filter(({ name }) => matches(name))
        .map(({ id, name, revision, updatedMillis }) => (
          <div key={id} className={`qu-row ${id === saved ? 'sel' : ''}`}>
            <button type="button" className="qu-open" aria-pressed={id === saved} onClick={() => void open(id)}>
              <span className="cut med">{name}</span>
              <span className="t3 s11">{formatDay(updatedMillis)}</span>
            </button>
            <button
              type="button"
              className="btn small bare icononly qu-remove"
              aria-label={t('Remove {name}', { name })}
              title={t('Remove')}
              onClick={() =>
                void remove({ kind: 'query', id, name, revision }).catch((error: Error) => setProblem(error.message))
              }
            >
              <Icon name="close" />
            </button>
          </div>
        ))}
    </>
  );
}

function HistoryRow({
  entry,
  current,
  onOpen,
}: {
  readonly entry: HistoryEntry;
  readonly current: boolean;
  readonly onOpen: Open;
}): ReactNode {
  const isToday = new Date(entry.atMillis).toDateString() === new Date().toDateString();
  return (
    <div className={`qu-row ${current ? 'sel' : ''}`}>
      <button type="button" className="qu-open" aria-pressed={current} onClick={() => onOpen(entry)}>
        <span className="row">
          <span className="cut mono">{entry.text.replace(/\s+/g, ' ').slice(0, 120)}</span>
          <span className="qu-tag">{languageOf(entry.language).title}</span>
        </span>
        <span className="row s11">
          <span className={`cut ${entry.failed ? 'err' : 't3'}`}>{entry.outcome}</span>
          <span className="push t3">{isToday ? formatMinute(entry.atMillis) : formatDay(entry.atMillis)}</span>
        </span>
      </button>
    </div>
  );
}
