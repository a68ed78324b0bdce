import type { Account } from '@otelier/query';
import type { ReactNode } from 'react';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { useChangeSearch } from '../../../data/use-search.ts';
import { t } from '../../../locale/t.ts';
import { may } from './protection-data.ts';

/** Opens the entries of the audit log that contain a text, for those who may read it. */
export function AuditButton({ text }: { readonly text: string }): ReactNode {
  const change = useChangeSearch();
  const { data: account } = useApiQuery<Account>({ path: '/account' });
  if (account === undefined || !may(account, 'audit:read')) return null;
  return (
    <button type="button" className="btn small bare" onClick={() => change({ tab: 'audit', text })}>
      {t('Audit entries')}
    </button>
  );
}
