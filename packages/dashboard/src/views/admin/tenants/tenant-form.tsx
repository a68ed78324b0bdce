import type { Tenant } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { t } from '../../../locale/t.ts';
import { change } from '../admin-data.ts';
import { FormDialog, TextField } from '../forms.tsx';

interface FormProps {
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

/** Creates a tenant. */
export function NewTenantForm({ onClose, onSaved }: FormProps): ReactNode {
  const [tenant, setTenant] = useState('');
  const save = async (): Promise<void> => {
    await change('/tenants/create', { tenant });
    onSaved();
  };
  return (
    <FormDialog title={t('New tenant')} submit={t('Create')} onSubmit={save} onClose={onClose}>
      <TextField
        label={t('Name')}
        value={tenant}
        onChange={setTenant}
        hint={t('Lowercase letters, digits, - and _. Credentials and paths contain it; it never changes.')}
      />
    </FormDialog>
  );
}

const MEGABYTE = 1_000_000;

/** Changes the quotas of a tenant, and suspends or resumes it. */
export function TenantForm({ tenant: one, onClose, onSaved }: FormProps & { readonly tenant: Tenant }): ReactNode {
  const { tenant, ownLimits, state } = one;
  const [items, setItems] = useState(textOf(ownLimits.ingestItemsPerSecond));
  const [disk, setDisk] = useState(textOf(ownLimits.diskBytes, MEGABYTE));
  const [toggling, setToggling] = useState(false);
  if (toggling) return <StateForm tenant={one} onClose={onClose} onSaved={onSaved} />;
  const save = async (): Promise<void> => {
    const limits = { ingestItemsPerSecond: numberOf(items), diskBytes: numberOf(disk, MEGABYTE) };
    await change('/tenants/limits', { tenant, limits });
    onSaved();
  };
  return (
    <FormDialog title={one.displayName} submit={t('Save')} onSubmit={save} onClose={onClose}>
      <TextField
        label={t('Items per second')}
        type="number"
        required={false}
        value={items}
        onChange={setItems}
        hint={t('Without a number, the limit of all tenants applies.')}
      />
      <TextField label={t('Stored MB')} type="number" required={false} value={disk} onChange={setDisk} />
      <div className="ad-acts">
        <button type="button" className="btn small bare" onClick={() => setToggling(true)}>
          {state === 'active' ? t('Suspend') : t('Resume')}
        </button>
      </div>
    </FormDialog>
  );
}

function StateForm({ tenant, onClose, onSaved }: FormProps & { readonly tenant: Tenant }): ReactNode {
  const isActive = tenant.state === 'active';
  const save = async (): Promise<void> => {
    await change(isActive ? '/tenants/suspend' : '/tenants/resume', { tenant: tenant.tenant });
    onSaved();
  };
  return (
    <FormDialog
      title={tenant.displayName}
      submit={isActive ? t('Suspend') : t('Resume')}
      onSubmit={save}
      onClose={onClose}
    >
      <p className="t2 s12">
        {isActive
          ? t('Telemetry and queries of the tenant are rejected. What is stored stays.')
          : t('Telemetry and queries of the tenant are accepted again.')}
      </p>
    </FormDialog>
  );
}

function textOf(limit: number | undefined, unit = 1): string {
  return limit === undefined ? '' : String(limit / unit);
}

/** Returns a limit; `null` removes it. */
function numberOf(text: string, unit = 1): number | null {
  return text.trim() === '' ? null : Math.round(Number(text) * unit);
}
