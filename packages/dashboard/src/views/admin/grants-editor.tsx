import type { Grant, RolesResponse } from '@otelier/query';
import type { ReactNode } from 'react';
import { t } from '../../locale/t.ts';
import { ALL_TENANTS, roleChoices } from './admin-data.ts';
import { ChoiceField, TextField } from './forms.tsx';

/** Edits the roles of an account. */
export function GrantsEditor({
  grants,
  roles,
  onChange,
}: {
  readonly grants: readonly Grant[];
  readonly roles: RolesResponse | undefined;
  readonly onChange: (grants: readonly Grant[]) => void;
}): ReactNode {
  const replace = (index: number, grant: Partial<Grant>): void =>
    onChange(grants.map((one, at) => (at === index ? { ...one, ...grant } : one)));
  return (
    <>
      {grants.map((grant, index) => (
        <div key={index} className="ad-grant">
          <ChoiceField
            label={t('Role')}
            value={grant.role}
            choices={roleChoices(roles)}
            onChange={(role) => replace(index, { role })}
          />
          <TextField label={t('Tenant')} value={grant.tenant} onChange={(tenant) => replace(index, { tenant })} />
          <button type="button" className="btn bare" onClick={() => onChange(grants.filter((_, at) => at !== index))}>
            {t('Remove')}
          </button>
        </div>
      ))}
      <button
        type="button"
        className="btn small"
        onClick={() => onChange([...grants, { role: 'viewer', tenant: ALL_TENANTS }])}
      >
        {t('Add a role')}
      </button>
    </>
  );
}
