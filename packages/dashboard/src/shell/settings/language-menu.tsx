import { type ReactNode, useCallback, useState } from 'react';
import { LANGUAGES } from '../../locale/active.ts';
import { chooseLanguage, useLanguage } from '../../locale/choose-language.ts';
import { t } from '../../locale/t.ts';
import { Popover } from '../../parts/popover.tsx';

/** A button that shows the language of the page, and a menu to choose another one. */
export function LanguageMenu(): ReactNode {
  const language = useLanguage();
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  return (
    <div className="anchor language">
      <button
        type="button"
        title={t('Language')}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <span className="unseen">{t('Language')}: </span>
        <kbd>{language.code.toUpperCase()}</kbd>
        <span className="words" lang={language.code}>
          {language.name}
        </span>
      </button>
      {open && (
        <Popover label={t('Language')} side="above" onClose={close}>
          <div role="radiogroup" aria-label={t('Language')}>
            {LANGUAGES.map(({ code, name }) => (
              <button
                key={code}
                type="button"
                role="radio"
                className="option"
                lang={code}
                aria-checked={code === language.code}
                onClick={() => void chooseLanguage(code).then(close)}
              >
                {name}
              </button>
            ))}
          </div>
        </Popover>
      )}
    </div>
  );
}
