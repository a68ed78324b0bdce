import type { Grant, RolesResponse, ServiceAccount } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { t } from '../../../locale/t.ts';
import { ALL_TENANTS, change } from '../admin-data.ts';
import { FormDialog, TextField } from '../forms.tsx';
import { GrantsEditor } from '../grants-editor.tsx';

/** Creates the account of a program, or changes its roles, locks or removes it. */
export function ServiceAccountForm({
  account,
  roles,
  onClose,
  onSaved,
}: {
  /** `undefined` for a new one. */
  readonly account: ServiceAccount | undefined;
  readonly roles: RolesResponse | undefined;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}): ReactNode {
  const [name, setName] = useState('');
  const [grants, setGrants] = useState<readonly Grant[]>(account?.grants ?? [{ role: 'ingest', tenant: ALL_TENANTS }]);
  const [action, setAction] = useState<'state' | 'remove' | undefined>();
  const isActive = account?.state === 'active';
  const save = async (): Promise<void> => {
    if (account === undefined) await change('/service-accounts/create', { name, grants });
    else await change('/service-accounts/change', { id: account.id, grants });
    onSaved();
  };
  const act = async (): Promise<void> => {
    const id = account?.id;
    if (action === 'remove') await change('/service-accounts/remove', { id });
    else await change('/service-accounts/change', { id, state: isActive ? 'locked' : 'active' });
    onSaved();
  };
  if (account !== undefined && action !== undefined)
    return (
      <FormDialog
        key="action"
        title={account.name}
        submit={action === 'remove' ? t('Remove the account') : isActive ? t('Lock') : t('Unlock')}
        onSubmit={act}
        onClose={onClose}
      >
        <p className="t2 s12">
          {action === 'remove'
            ? t('The account and its API keys are removed.')
            : isActive
              ? t('Requests with its API keys are refused until it is unlocked.')
              : t('Its API keys are accepted again.')}
        </p>
      </FormDialog>
    );
  return (
    <FormDialog
      title={account?.name ?? t('New service account')}
      submit={account === undefined ? t('Create') : t('Save')}
      onSubmit={save}
      onClose={onClose}
    >
      {account === undefined && (
        <TextField label={t('Name')} value={name} onChange={setName} hint={t('Lowercase, such as ci or grafana')} />
      )}
      <GrantsEditor grants={grants} roles={roles} onChange={setGrants} />
      {account !== undefined && (
        <div className="ad-acts">
          <button type="button" className="btn small bare" onClick={() => setAction('state')}>
            {isActive ? t('Lock') : t('Unlock')}
          </button>
          <button type="button" className="btn small bare" onClick={() => setAction('remove')}>
            {t('Remove the account')}
          </button>
        </div>
      )}
    </FormDialog>
  );
}
