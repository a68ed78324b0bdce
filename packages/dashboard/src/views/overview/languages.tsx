import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { t } from '../../locale/t.ts';
import { Code } from '../../parts/code.tsx';
import { CopyButton, copyText } from '../../parts/copy-button.tsx';
import { useKeys } from '../../shell/keys.ts';
import type { Snippet } from './snippets.ts';

/** A tab per language, each with a snippet to copy. */
export function Languages({ snippets }: { readonly snippets: readonly Snippet[] }): ReactNode {
  const [at, setAt] = useState(0);
  const chosen = snippets[at];
  useKeys(t('First steps'), [
    ...snippets.map((snippet, index) => ({
      press: String(index + 1),
      does: t('show {language}', { language: snippet.language }),
      ...(index === 0 ? { hint: t('language'), shown: ['1', '–', String(snippets.length)] } : {}),
      run: () => setAt(index),
    })),
    { press: 'y', does: t('copy the code'), hint: t('copy'), run: () => void copyText(chosen?.code ?? '') },
  ]);
  const move = (event: KeyboardEvent<HTMLElement>): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = (at + step + snippets.length) % snippets.length;
    setAt(next);
    (event.currentTarget.children[next] as HTMLElement | undefined)?.focus();
  };
  if (chosen === undefined) return null;
  return (
    <div className="fr-code">
      <div className="tabs s12" role="tablist" aria-label={t('Language')} onKeyDown={move}>
        {snippets.map(({ language }, index) => (
          <button
            key={language}
            type="button"
            role="tab"
            id={`tab-${language}`}
            aria-selected={index === at}
            aria-controls="snippet"
            tabIndex={index === at ? 0 : -1}
            onClick={() => setAt(index)}
          >
            {language}
            <span className="n">{index + 1}</span>
          </button>
        ))}
      </div>
      <div id="snippet" role="tabpanel" aria-labelledby={`tab-${chosen.language}`} className="fr-tall">
        <Code text={chosen.code} />
        <span className="fr-copy">
          <CopyButton text={chosen.code} label={t('Copy the {language} code', { language: chosen.language })}>
            {t('Copy')}
            <kbd>Y</kbd>
          </CopyButton>
        </span>
      </div>
    </div>
  );
}
