import { type ReactNode, useState } from 'react';
import { t } from '../../locale/t.ts';
import './token-form.css';

/** Asks for the token for edits. `action` is what it permits. */
export function TokenForm({
  isWrong,
  action = t('Edit'),
  onToken,
}: {
  readonly isWrong: boolean;
  readonly action?: string;
  readonly onToken: (token: string) => void;
}): ReactNode {
  const [token, setToken] = useState('');
  return (
    <form
      className="token-form bb"
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() !== '') onToken(token);
      }}
    >
      <label className="row">
        <span className="med">{t('Token for edits')}</span>
        <input
          className="input"
          type="password"
          autoComplete="off"
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
      </label>
      <button type="submit" className="btn small primary" disabled={token.trim() === ''}>
        {action}
      </button>
      <span className="t2 s12">
        {isWrong
          ? t('This token is wrong. otelier makes a new one at each start.')
          : t('otelier prints it when it starts in a terminal. Elsewhere, it is edit_token of the workbench.')}
      </span>
    </form>
  );
}
