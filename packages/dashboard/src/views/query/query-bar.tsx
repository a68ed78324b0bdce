import { type ReactNode, useState } from 'react';
import type { RequestFailure } from '../../data/client.ts';
import { idFor, useChangeDocuments, useDocuments } from '../../data/documents/documents.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { t } from '../../locale/t.ts';
import { Popover } from '../../parts/popover.tsx';
import { Segmented } from '../../parts/segmented.tsx';
import { LANGUAGES, type Language } from '../../query/languages.ts';

/** The language, the name of the saved query, and the buttons. */
export function QueryBar({
  language,
  text,
  running,
  onLanguage,
  onRun,
}: {
  readonly language: Language;
  readonly text: string;
  readonly running: boolean;
  readonly onLanguage: (language: Language) => void;
  readonly onRun: () => void;
}): ReactNode {
  const { saved } = usePageSearch();
  const name = useDocuments('query').data?.documents.find(({ id }) => id === saved)?.name;
  return (
    <div className="qu-bar bb">
      <Segmented
        label={t('Language')}
        value={language}
        options={LANGUAGES.map(({ id, title }) => ({ value: id, label: title }))}
        onChange={onLanguage}
      />
      <span className="t2 cut">{name ?? ''}</span>
      <span className="push row">
        <SaveButton language={language} text={text} />
        <button type="button" className="btn primary" disabled={text.trim() === ''} onClick={onRun}>
          {running ? t('Running') : t('Run')}
          <kbd>Ctrl Enter</kbd>
        </button>
      </span>
    </div>
  );
}

/** Saves the query under a name, for everyone who uses this otelier. */
function SaveButton({ language, text }: { readonly language: Language; readonly text: string }): ReactNode {
  const { saved } = usePageSearch();
  const change = useChangeSearch();
  const documents = useDocuments('query').data?.documents ?? [];
  const { save } = useChangeDocuments();
  const existing = documents.find(({ id }) => id === saved);
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const store = async (asNew: boolean): Promise<void> => {
    const target = asNew ? undefined : existing;
    const id =
      target?.id ??
      idFor(
        name,
        documents.map((one) => one.id),
      );
    try {
      await save({
        kind: 'query',
        id,
        name: name.trim(),
        content: { language, text },
        revision: target?.revision ?? 0,
      });
      change({ saved: id, query: text, lang: language === 'sql' ? undefined : language }, 'replace');
      setOpen(false);
    } catch (error) {
      setFailure((error as RequestFailure).message);
    }
  };
  return (
    <span className="anchor">
      <button
        type="button"
        className="btn"
        aria-haspopup="dialog"
        aria-expanded={open}
        disabled={text.trim() === ''}
        onClick={() => {
          setName(existing?.name ?? '');
          setFailure(undefined);
          setOpen(!open);
        }}
      >
        {t('Save')}
      </button>
      {open && (
        <Popover label={t('Save the query')} align="right" onClose={() => setOpen(false)}>
          <form
            className="qu-save"
            onSubmit={(event) => {
              event.preventDefault();
              if (name.trim() !== '') void store(existing === undefined);
            }}
          >
            <label>
              {t('Name')}
              <input
                className="input"
                type="text"
                maxLength={120}
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            </label>
            {failure !== undefined && (
              <p className="err" role="alert">
                {failure}
              </p>
            )}
            <span className="row">
              <button type="submit" className="btn small primary" disabled={name.trim() === ''}>
                {existing === undefined ? t('Save') : t('Save changes')}
              </button>
              {existing !== undefined && (
                <button
                  type="button"
                  className="btn small"
                  disabled={name.trim() === '' || name.trim() === existing.name}
                  onClick={() => void store(true)}
                >
                  {t('Save as new')}
                </button>
              )}
            </span>
          </form>
        </Popover>
      )}
    </span>
  );
}
