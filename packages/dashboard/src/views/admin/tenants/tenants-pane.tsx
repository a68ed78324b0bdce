import type { Tenant, TenantList } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { formatCount, NO_VALUE } from '../../../format/number.ts';
import { formatBytes } from '../../../format/quantity.ts';
import { t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import { Pane } from '../../../parts/pane.tsx';
import { QueryResult } from '../../../parts/query-result.tsx';
import type { PaneProps } from '../admin-data.ts';
import { MoreRows } from '../more-rows.tsx';
import { NewTenantForm, TenantForm } from './tenant-form.tsx';

/** The tenants, what each uses, and its quota. */
export function TenantsPane({ maxRows, onMore }: PaneProps): ReactNode {
  const result = useApiQuery<TenantList>({ path: '/tenants', refetchMillis: 15_000, staleMillis: 0 });
  const [opened, setOpened] = useState<Tenant | 'new' | undefined>();
  const close = (): void => setOpened(undefined);
  const saved = (): void => {
    close();
    result.retry();
  };
  const tenants = result.data?.tenants ?? [];
  return (
    <Pane
      title={t('Tenants')}
      note={t('usage against quota')}
      className="ad-pane"
      actions={
        <button type="button" className="btn small push" onClick={() => setOpened('new')}>
          <Icon name="plus" />
          {t('New tenant')}
        </button>
      }
    >
      <QueryResult result={result} tight>
        {() => (
          <>
            <table aria-label={t('Tenants')}>
              <colgroup>
                <col />
                <col style={{ width: 192 }} />
                <col style={{ width: 200 }} />
                <col style={{ width: 72 }} />
                <col style={{ width: 80 }} />
              </colgroup>
              <thead>
                <tr>
                  <th>{t('Tenant')}</th>
                  <th>{t('Items /s of quota')}</th>
                  <th>{t('Stored of quota')}</th>
                  <th className="num">{t('Queries')}</th>
                  <th className="num">{t('Rejected')}</th>
                </tr>
              </thead>
              <tbody>
                {tenants.slice(0, maxRows).map((one) => (
                  <TenantRow key={one.tenant} tenant={one} onOpen={setOpened} />
                ))}
              </tbody>
            </table>
            <MoreRows count={tenants.length - maxRows} onMore={onMore} />
          </>
        )}
      </QueryResult>
      {opened === 'new' && <NewTenantForm onClose={close} onSaved={saved} />}
      {opened !== undefined && opened !== 'new' && <TenantForm tenant={opened} onClose={close} onSaved={saved} />}
    </Pane>
  );
}

function TenantRow({
  tenant: one,
  onOpen,
}: {
  readonly tenant: Tenant;
  readonly onOpen: (tenant: Tenant) => void;
}): ReactNode {
  const { tenant, displayName, state, limits, usage } = one;
  const rejected = usage.rejectedRequests + usage.rejectedQueries;
  return (
    <tr>
      <td title={tenant}>
        {one.definedBy === 'identity' ? (
          <button type="button" className="ad-name cut" onClick={() => onOpen(one)}>
            <bdi>{displayName}</bdi>
          </button>
        ) : (
          <bdi className="name">{displayName}</bdi>
        )}
        {state === 'suspended' && <span className="warn"> {t('suspended')}</span>}
      </td>
      <Quota used={usage.itemsPerSecond} quota={limits.ingestItemsPerSecond} format={formatCount} />
      <Quota used={usage.storedBytes} quota={limits.diskBytes} format={formatBytes} />
      <td className="num t2">{formatCount(usage.queries)}</td>
      <td className={`num ${rejected > 0 ? 'warn' : 't2'}`}>{formatCount(rejected)}</td>
    </tr>
  );
}

function Quota({
  used,
  quota,
  format,
}: {
  readonly used: number;
  readonly quota: number | undefined;
  readonly format: (value: number) => string;
}): ReactNode {
  const share = quota === undefined ? 0 : Math.min(1, used / quota);
  return (
    <td>
      <span className="ad-quota">
        <span className="num">
          {format(Math.round(used))}
          <span className="t3"> / {quota === undefined ? NO_VALUE : format(quota)}</span>
        </span>
        {quota !== undefined && (
          <span className="meter">
            <i style={{ width: `${share * 100}%` }} />
          </span>
        )}
      </span>
    </td>
  );
}
