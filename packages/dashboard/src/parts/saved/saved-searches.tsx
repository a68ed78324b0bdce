import { type ReactNode, useCallback, useState } from 'react';
import { idFor, readDocument, useChangeDocuments, useDocuments } from '../../data/documents/documents.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../icon.tsx';
import { Popover } from '../popover.tsx';
import './saved-searches.css';
import { searchOf } from './search-of.ts';

/** A button that saves the search on the server, and opens saved ones. */
export function SavedSearches({ signal }: { readonly signal: 'traces' | 'logs' }): ReactNode {
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  return (
    <span className="anchor">
      <button type="button" className="btn" aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)}>
        {t('Save')}
        <Icon name="down" />
      </button>
      {open && (
        <Popover label={t('Saved searches')} align="right" onClose={close} className="saved">
          <Choices signal={signal} onClose={close} />
        </Popover>
      )}
    </span>
  );
}

function Choices({ signal, onClose }: { readonly signal: 'traces' | 'logs'; readonly onClose: () => void }): ReactNode {
  const { where, text, columns } = usePageSearch();
  const change = useChangeSearch();
  const result = useDocuments('search');
  const { save, remove } = useChangeDocuments();
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const all = result.data?.documents ?? [];
  // The ID says to which view a search belongs.
  const own = all.filter(({ id }) => id.startsWith(`${signal}-`));
  const isEmpty = where === undefined && text === undefined && columns === undefined;
  const attempt = async (action: () => Promise<void>): Promise<void> => {
    try {
      await action();
      setProblem(undefined);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const store = (): Promise<void> =>
    attempt(async () => {
      const same = own.find((one) => one.name === name.trim());
      const id =
        same?.id ??
        idFor(
          `${signal} ${name}`,
          all.map((one) => one.id),
        );
      const content = { where: where ?? [], columns: columns ?? [], ...(text !== undefined && { text }) };
      await save({ kind: 'search', id, name: name.trim(), content, revision: same?.revision ?? 0 });
      onClose();
    });
  const show = (id: string): Promise<void> =>
    attempt(async () => {
      const { content } = await readDocument('search', id);
      change({ ...searchOf(content), record: undefined, trace: undefined, span: undefined });
      onClose();
    });
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '' && !isEmpty) void store();
        }}
      >
        <input
          className="input"
          type="text"
          aria-label={t('Name of this search')}
          placeholder={isEmpty ? t('No conditions to save') : t('Name of this search')}
          maxLength={120}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="btn primary" disabled={name.trim() === '' || isEmpty}>
          {t('Save')}
        </button>
      </form>
      {(problem ?? result.failure?.message) !== undefined && (
        <p className="err" role="alert">
          {problem ?? result.failure?.message}
        </p>
      )}
      <ul aria-label={t('Saved')}>
        {own.map(({ id, name: title, revision }) => (
          <li key={id} className="row">
            <button type="button" className="option" onClick={() => void show(id)}>
              <bdi className="cut">{title}</bdi>
            </button>
            <button
              type="button"
              className="btn small bare icononly"
              aria-label={t('Remove {title}', { title })}
              title={t('Remove')}
              onClick={() => void attempt(() => remove({ kind: 'search', id, name: title, revision }))}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      {result.data !== undefined && own.length === 0 && (
        <p className="groupname">{t('Saved searches appear here, in every browser.')}</p>
      )}
    </>
  );
}
