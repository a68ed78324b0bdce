import type { CreatedKey, RolesResponse, ServiceAccount } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { sendJson } from '../../../data/client.ts';
import { t } from '../../../locale/t.ts';
import { roleChoices } from '../admin-data.ts';
import { ChoiceField, FormDialog, TextField } from '../forms.tsx';

const DAY_MILLIS = 86_400_000;

/** Creates an API key. */
export function NewKeyForm({
  roles,
  accounts,
  nowMillis,
  onClose,
  onCreated,
}: {
  readonly roles: RolesResponse | undefined;
  readonly accounts: readonly ServiceAccount[];
  readonly nowMillis: number;
  readonly onClose: () => void;
  readonly onCreated: (key: CreatedKey) => void;
}): ReactNode {
  const [name, setName] = useState('');
  const [account, setAccount] = useState('');
  const [role, setRole] = useState('ingest');
  const [tenant, setTenant] = useState('default');
  const [days, setDays] = useState('365');
  const [rate, setRate] = useState('');
  const save = async (): Promise<void> => {
    const key = {
      name,
      ...(account === '' ? { role, tenant } : { account }),
      ...(days !== '' && { expiresMillis: nowMillis + Number(days) * DAY_MILLIS }),
      ...(rate !== '' && { requestsPerMinute: Number(rate) }),
    };
    onCreated(await sendJson<CreatedKey>('/keys/create', key));
  };
  return (
    <FormDialog title={t('New key')} submit={t('Create')} onSubmit={save} onClose={onClose}>
      <TextField label={t('What it is for')} value={name} onChange={setName} />
      {accounts.length > 0 && (
        <ChoiceField
          label={t('Service account')}
          value={account}
          choices={[['', t('none')], ...accounts.map((one) => [one.id, one.name] as const)]}
          onChange={setAccount}
        />
      )}
      {account === '' && (
        <>
          <ChoiceField label={t('Role')} value={role} choices={roleChoices(roles)} onChange={setRole} />
          <TextField label={t('Tenant')} value={tenant} onChange={setTenant} hint={t('* means all tenants')} />
        </>
      )}
      <ChoiceField
        label={t('Ends after')}
        value={days}
        choices={[
          ['30', t('{count} days', { count: 30 })],
          ['90', t('{count} days', { count: 90 })],
          ['365', t('{count} days', { count: 365 })],
          ['', t('never')],
        ]}
        onChange={setDays}
      />
      <TextField
        label={t('Requests per minute')}
        type="number"
        value={rate}
        onChange={setRate}
        required={false}
        hint={t('Without a number, there is no limit.')}
      />
    </FormDialog>
  );
}
