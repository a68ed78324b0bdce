import type { RecoveryCodes, SecondFactor } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { sendJson } from '../../../data/client.ts';
import { t } from '../../../locale/t.ts';
import { CopyButton } from '../../../parts/copy-button.tsx';
import { change } from '../admin-data.ts';
import { FormDialog, TextField } from '../forms.tsx';

/** Adds an authenticator app: shows its secret once the password is confirmed, and asks for a code. */
export function AddSecondFactor({
  onClose,
  onAdded,
}: {
  readonly onClose: () => void;
  readonly onAdded: (codes: readonly string[]) => void;
}): ReactNode {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [started, setStarted] = useState<SecondFactor | undefined>();
  if (started === undefined)
    return (
      <FormDialog
        key="password"
        title={t('Add an authenticator app')}
        submit={t('Continue')}
        onSubmit={async () => setStarted(await sendJson('/account/second-factor/start', { password }))}
        onClose={onClose}
      >
        <TextField
          label={t('Current password')}
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
        />
      </FormDialog>
    );
  return (
    <FormDialog
      key="code"
      title={t('Add an authenticator app')}
      submit={t('Confirm')}
      onSubmit={async () => onAdded((await sendJson<RecoveryCodes>('/account/second-factor/confirm', { code })).codes)}
      onClose={onClose}
    >
      <p className="t2 s12">{t('Enter this secret in the app, or open the link on the device that has it.')}</p>
      <div className="ad-secret code">{started.secret.replace(/(.{4})(?=.)/g, '$1 ')}</div>
      <div className="row">
        <CopyButton text={started.secret} label={t('Copy the secret')}>
          {t('Copy the secret')}
        </CopyButton>
        <a className="btn small bare" href={started.link}>
          {t('Open the link')}
        </a>
      </div>
      <TextField
        label={t('Code that the app shows')}
        autoComplete="one-time-code"
        value={code}
        onChange={(text) => setCode(text.replace(/\s/g, ''))}
      />
    </FormDialog>
  );
}

/** Removes the second factor of the person who is signed in. */
export function RemoveSecondFactor({
  onClose,
  onSaved,
}: {
  readonly onClose: () => void;
  readonly onSaved: () => void;
}): ReactNode {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const save = async (): Promise<void> => {
    await change('/account/second-factor/remove', { password, code });
    onSaved();
  };
  return (
    <FormDialog title={t('Remove the second factor')} submit={t('Remove')} onSubmit={save} onClose={onClose}>
      <TextField
        label={t('Current password')}
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
      />
      <TextField
        label={t('Code of the app, or one for recovery')}
        autoComplete="one-time-code"
        value={code}
        onChange={setCode}
      />
    </FormDialog>
  );
}
