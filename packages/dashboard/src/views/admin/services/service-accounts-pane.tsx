import type { RolesResponse, ServiceAccount, ServiceAccountsResponse } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { NO_VALUE } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import { Pane } from '../../../parts/pane.tsx';
import { QueryResult } from '../../../parts/query-result.tsx';
import { type PaneProps, rolesText, tenantsText } from '../admin-data.ts';
import { MoreRows } from '../more-rows.tsx';
import { ServiceAccountForm } from './service-account-form.tsx';

/** The accounts of programs, whose roles their API keys have. */
export function ServiceAccountsPane({ maxRows, onMore }: PaneProps): ReactNode {
  const result = useApiQuery<ServiceAccountsResponse>({ path: '/service-accounts', staleMillis: 0 });
  const { data: roles } = useApiQuery<RolesResponse>({ path: '/roles', staleMillis: 0 });
  const [opened, setOpened] = useState<ServiceAccount | 'new' | undefined>();
  const close = (): void => setOpened(undefined);
  const saved = (): void => {
    close();
    result.retry();
  };
  const accounts = result.data?.serviceAccounts ?? [];
  return (
    <Pane
      title={t('Service accounts')}
      note={accounts.length}
      className="ad-pane"
      actions={
        <button type="button" className="btn small push" onClick={() => setOpened('new')}>
          <Icon name="plus" />
          {t('New service account')}
        </button>
      }
    >
      <QueryResult result={result} tight>
        {() => (
          <>
            <table aria-label={t('Service accounts')}>
              <colgroup>
                <col />
                <col style={{ width: 132 }} />
                <col style={{ width: 132 }} />
                <col style={{ width: 92 }} />
              </colgroup>
              <thead>
                <tr>
                  <th>{t('Name')}</th>
                  <th>{t('Role')}</th>
                  <th>{t('Tenants')}</th>
                  <th>{t('State')}</th>
                </tr>
              </thead>
              <tbody>
                {accounts.slice(0, maxRows).map((account) => (
                  <tr key={account.id}>
                    <td>
                      <button type="button" className="ad-name cut" onClick={() => setOpened(account)}>
                        <bdi>{account.name}</bdi>
                      </button>
                    </td>
                    <td className="t2">
                      <bdi>{rolesText(account.grants) || NO_VALUE}</bdi>
                    </td>
                    <td className="t2">
                      <bdi>{tenantsText(account.grants) || NO_VALUE}</bdi>
                    </td>
                    <td className={account.state === 'locked' ? 'err' : 't2'}>
                      {account.state === 'locked' ? t('locked') : t('active')}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            <MoreRows count={accounts.length - maxRows} onMore={onMore} />
          </>
        )}
      </QueryResult>
      {opened !== undefined && (
        <ServiceAccountForm
          account={opened === 'new' ? undefined : opened}
          roles={roles}
          onClose={close}
          onSaved={saved}
        />
      )}
    </Pane>
  );
}
