import type { RolesResponse } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { t } from '../../../locale/t.ts';
import { ALL_TENANTS, change, roleChoices } from '../admin-data.ts';
import { ChoiceField, FormDialog, TextField } from '../forms.tsx';

/** Creates the account of a person. */
export function NewPersonForm({
  roles,
  onClose,
  onSaved,
}: {
  readonly roles: RolesResponse | undefined;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}): ReactNode {
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState('viewer');
  const [tenant, setTenant] = useState(ALL_TENANTS);
  const save = async (): Promise<void> => {
    await change('/people/create', { email, name: name.trim() || email, password, grants: [{ role, tenant }] });
    onSaved();
  };
  return (
    <FormDialog title={t('New user')} submit={t('Create')} onSubmit={save} onClose={onClose}>
      <TextField label={t('Email address')} type="email" value={email} onChange={setEmail} />
      <TextField label={t('Name')} value={name} onChange={setName} required={false} />
      <TextField
        label={t('Password')}
        type="password"
        autoComplete="new-password"
        minLength={12}
        value={password}
        onChange={setPassword}
        hint={t('At least 12 characters. The person changes it after signing in.')}
      />
      <ChoiceField label={t('Role')} value={role} choices={roleChoices(roles)} onChange={setRole} />
      <TextField label={t('Tenant')} value={tenant} onChange={setTenant} hint={t('* means all tenants')} />
    </FormDialog>
  );
}
