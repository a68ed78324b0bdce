import type { CreatedInvitation, RolesResponse } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { sendJson } from '../../../data/client.ts';
import { t } from '../../../locale/t.ts';
import { ALL_TENANTS, change, roleChoices } from '../admin-data.ts';
import { ChoiceField, FormDialog, TextField } from '../forms.tsx';

/** Invites a person by a link, or creates the account with a password. */
export function NewPersonForm({
  roles,
  onClose,
  onSaved,
  onInvited,
}: {
  readonly roles: RolesResponse | undefined;
  readonly onClose: () => void;
  readonly onSaved: () => void;
  /** Called with the link of an invitation. */
  readonly onInvited: (link: string) => void;
}): ReactNode {
  const [isInvited, setInvited] = useState(true);
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState('viewer');
  const [tenant, setTenant] = useState(ALL_TENANTS);
  const grants = [{ role, tenant }];
  const save = async (): Promise<void> => {
    if (isInvited) {
      const { path } = await sendJson<CreatedInvitation>('/people/invite', { email, grants });
      onInvited(new URL(path, location.origin).href);
      return;
    }
    await change('/people/create', { email, name: name.trim() || email, password, grants });
    onSaved();
  };
  return (
    <FormDialog
      title={t('New user')}
      submit={isInvited ? t('Create the link') : t('Create')}
      onSubmit={save}
      onClose={onClose}
    >
      <ChoiceField
        label={t('Password')}
        value={isInvited ? 'link' : 'password'}
        choices={[
          ['link', t('chosen by the person, who gets a link')],
          ['password', t('set here')],
        ]}
        onChange={(value) => setInvited(value === 'link')}
      />
      <TextField label={t('Email address')} type="email" value={email} onChange={setEmail} />
      {!isInvited && (
        <>
          <TextField label={t('Name')} value={name} onChange={setName} required={false} />
          <TextField
            label={t('First password')}
            type="password"
            autoComplete="new-password"
            minLength={12}
            value={password}
            onChange={setPassword}
            hint={t('At least 12 characters. The person changes it after signing in.')}
          />
        </>
      )}
      <ChoiceField label={t('Role')} value={role} choices={roleChoices(roles)} onChange={setRole} />
      <TextField label={t('Tenant')} value={tenant} onChange={setTenant} hint={t('* means all tenants')} />
    </FormDialog>
  );
}
