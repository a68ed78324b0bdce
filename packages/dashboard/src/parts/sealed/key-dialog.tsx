import { type ReactNode, useState } from 'react';
import { plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { Dialog } from '../dialog.tsx';
import { addSealedKeys, forgetSealedKeys, useKeyring } from './sealed-keys.ts';

/** Asks for private keys, which stay in the memory of the page. */
export function KeyDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const keyring = useKeyring();
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<string>();
  const add = async (text: string): Promise<void> => {
    try {
      await addSealedKeys(text);
      onClose();
    } catch (reason) {
      setError((reason as Error).message);
    }
  };
  return (
    <Dialog label={t('Keys of sealed values')} onClose={onClose}>
      <form
        className="sealed-form"
        onSubmit={(event) => {
          event.preventDefault();
          void add(typed);
        }}
      >
        <h2>{t('Keys of sealed values')}</h2>
        <p className="t2 s12">
          {t(
            'A private key opens the values that were sealed to it. It stays in the memory of this page: it is never sent or stored, and forgotten when the page is reloaded.',
          )}
        </p>
        <label>
          <span className="med">{t('Private key')}</span>
          <input
            className="input mono"
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </label>
        <label>
          <span className="med">{t('or a file')}</span>
          <input
            type="file"
            onChange={(event) => {
              const [file] = event.target.files ?? [];
              void file?.text().then(add);
            }}
          />
        </label>
        {error !== undefined && (
          <p className="err s12" role="alert">
            {error}
          </p>
        )}
        {keyring !== undefined && (
          <p className="t2 s12">
            {plural(keyring.keyIds.length, 'key')}: <span className="mono">{keyring.keyIds.join(', ')}</span>
          </p>
        )}
        <div className="row">
          <button type="submit" className="btn primary" disabled={typed.trim() === ''}>
            {t('Open values')}
          </button>
          {keyring !== undefined && (
            <button type="button" className="btn" onClick={forgetSealedKeys}>
              {t('Forget all keys')}
            </button>
          )}
          <button type="button" className="btn push" onClick={onClose}>
            {t('Close')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
