import { type ReactNode, useState } from 'react';
import { t } from '../../../locale/t.ts';
import { change } from '../admin-data.ts';
import { FormDialog, TextField } from '../forms.tsx';

/** Changes the password of the person who is signed in. */
export function PasswordForm({
  onClose,
  onSaved,
}: {
  readonly onClose: () => void;
  readonly onSaved: () => void;
}): ReactNode {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const save = async (): Promise<void> => {
    await change('/account/password', { current, password });
    onSaved();
  };
  return (
    <FormDialog title={t('Change the password')} submit={t('Save')} onSubmit={save} onClose={onClose}>
      <TextField
        label={t('Current password')}
        type="password"
        autoComplete="current-password"
        value={current}
        onChange={setCurrent}
      />
      <TextField
        label={t('New password')}
        type="password"
        autoComplete="new-password"
        minLength={12}
        value={password}
        onChange={setPassword}
        hint={t('At least 12 characters. Your other devices must sign in again.')}
      />
    </FormDialog>
  );
}
