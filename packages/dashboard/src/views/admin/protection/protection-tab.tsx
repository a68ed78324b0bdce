import type { Account, TenantList } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { t } from '../../../locale/t.ts';
import type { PaneProps } from '../admin-data.ts';
import { ErasuresPane } from './erasures-pane.tsx';
import { HoldsPane } from './holds-pane.tsx';
import './protection.css';
import { may } from './protection-data.ts';
import { PurposesPane } from './purposes-pane.tsx';
import { ReportsPane } from './reports-pane.tsx';
import { SubjectPane } from './subject-pane.tsx';

/** What a person who is responsible for data protection needs, as far as the caller has the permissions. */
export function ProtectionTab({ account, nowMillis }: PaneProps): ReactNode {
  const [tenant, setTenant] = useState(account.tenant);
  const tenants = useTenants(account);
  const mayErase = may(account, 'telemetry:delete');
  // People who see masked values must not search for plain ones.
  const maySearch = (mayErase || may(account, 'telemetry:export')) && account.masked.length === 0;
  return (
    <div className="dp">
      {tenants.length > 1 && (
        <label className="dp-tenant bb s12">
          <span className="t2">{t('Tenant')}</span>
          <select className="input" value={tenant} onChange={(event) => setTenant(event.target.value)}>
            {tenants.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <div className="dp-column">
        {maySearch && <SubjectPane key={tenant} account={account} tenant={tenant} />}
        {mayErase && <ErasuresPane tenant={tenant} nowMillis={nowMillis} />}
      </div>
      <div className="dp-column">
        {mayErase && <HoldsPane tenant={tenant} nowMillis={nowMillis} />}
        {mayErase && <PurposesPane />}
        {may(account, 'audit:read') && <ReportsPane tenant={tenant} />}
      </div>
    </div>
  );
}

/** Returns the tenants that the caller may select, its own one first. */
function useTenants(account: Account): readonly string[] {
  const isAll = account.tenants === 'all';
  const { data } = useApiQuery<TenantList>({
    path: '/tenants',
    enabled: isAll && may(account, 'tenants:manage'),
    staleMillis: 60_000,
  });
  const others = account.tenants === 'all' ? (data?.tenants ?? []).map(({ tenant }) => tenant) : account.tenants;
  return [...new Set([account.tenant, ...others])];
}
