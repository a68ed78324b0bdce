import type { Account } from '@otelier/query';
import type { ReactNode } from 'react';
import { useApiQuery } from '../../data/use-api-query.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { msg, t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { useClock } from '../../time/clock.ts';
import { AccountPane } from './account/account-pane.tsx';
import './admin.css';
import type { PaneProps } from './admin-data.ts';
import { AuditPane } from './audit-pane.tsx';
import { KeysPane } from './keys-pane.tsx';
import { PeoplePane } from './people-pane.tsx';
import { ProtectionPane } from './protection/protection-pane.tsx';
import { ProtectionTab } from './protection/protection-tab.tsx';
import { RedactionPane } from './redaction-pane.tsx';
import { RolesPane } from './roles-pane.tsx';
import { ServiceAccountsPane } from './services/service-accounts-pane.tsx';
import { SessionsPane } from './sessions-pane.tsx';
import { TenantsPane } from './tenants/tenants-pane.tsx';

/** The view of accounts: people, keys, tenants, roles, sessions and the audit log, as far as the person may see them. */
export function Admin(): ReactNode {
  const result = useApiQuery<Account>({ path: '/account', staleMillis: 0 });
  return (
    <QueryResult result={result} loading={<LoadingRows rows={10} height={28} />}>
      {(account) => (account.hasIdentity ? <Panes account={account} onChanged={result.retry} /> : <NoIdentity />)}
    </QueryResult>
  );
}

interface SectionEntry {
  readonly id: string;
  readonly title: string;
  /** The permissions of which one is enough. */
  readonly permissions: readonly string[];
  readonly side: 'left' | 'right';
  /** Rows that are shown beside the other sections. */
  readonly rows: number;
  readonly Part: (props: PaneProps) => ReactNode;
  /** What the tab shows if that is more than the part beside the other sections. */
  readonly Whole?: (props: PaneProps) => ReactNode;
}

const SECTIONS: readonly SectionEntry[] = [
  { id: 'users', title: msg('Users'), permissions: ['people:manage'], side: 'left', rows: 8, Part: PeoplePane },
  { id: 'keys', title: msg('API keys'), permissions: ['keys:manage'], side: 'left', rows: 8, Part: KeysPane },
  {
    ...{ id: 'services', title: msg('Service accounts'), permissions: ['people:manage'], side: 'left', rows: 4 },
    Part: ServiceAccountsPane,
  },
  { id: 'tenants', title: msg('Tenants'), permissions: ['tenants:manage'], side: 'left', rows: 6, Part: TenantsPane },
  { id: 'roles', title: msg('Roles'), permissions: ['people:manage'], side: 'right', rows: 5, Part: RolesPane },
  {
    id: 'sessions',
    title: msg('Sessions'),
    permissions: ['people:manage'],
    side: 'right',
    rows: 3,
    Part: SessionsPane,
  },
  {
    id: 'redaction',
    title: msg('Redaction'),
    permissions: ['restricted:read'],
    side: 'right',
    rows: 6,
    Part: RedactionPane,
  },
  {
    id: 'protection',
    title: msg('Data protection'),
    permissions: ['telemetry:export', 'telemetry:delete', 'audit:read'],
    side: 'right',
    rows: 4,
    Part: ProtectionPane,
    Whole: ProtectionTab,
  },
  { id: 'audit', title: msg('Audit log'), permissions: ['audit:read'], side: 'right', rows: 10, Part: AuditPane },
];
const ALL_ROWS = 1000;
const CLOCK_MILLIS = 10_000;

function Panes({ account, onChanged }: { readonly account: Account; readonly onChanged: () => void }): ReactNode {
  const { tab } = usePageSearch();
  const change = useChangeSearch();
  const nowMillis = useClock(CLOCK_MILLIS, true);
  const permitted = SECTIONS.filter(({ permissions }) =>
    permissions.some((permission) => account.permissions.includes(permission)),
  );
  const chosen = permitted.find(({ id }) => id === tab);
  const { person } = account;
  const isOwn = tab === 'account' && person !== undefined;
  const open = (id: string | undefined): void => change({ tab: id, text: undefined });
  const own = (maxRows: number): ReactNode =>
    person !== undefined && (
      <AccountPane
        person={person}
        isLacking={account.lacks !== undefined}
        onChanged={onChanged}
        maxRows={maxRows}
        onMore={() => open('account')}
        nowMillis={nowMillis}
      />
    );
  const partsOf = (side: SectionEntry['side']): ReactNode =>
    permitted
      .filter((section) => section.side === side)
      .map(({ id, rows, Part }) => (
        <Part key={id} account={account} maxRows={rows} onMore={() => open(id)} nowMillis={nowMillis} />
      ));
  const Whole = chosen?.Whole ?? chosen?.Part;
  const hasLeft = permitted.some(({ side }) => side === 'left');
  return (
    <div className="ad">
      <div className="ad-bar bb">
        <div className="tabs" role="tablist" aria-label={t('Sections')}>
          <Tab text={t('All')} isChosen={chosen === undefined && !isOwn} onChoose={() => open(undefined)} />
          {permitted.map(({ id, title }) => (
            <Tab key={id} text={t(title)} isChosen={chosen?.id === id} onChoose={() => open(id)} />
          ))}
          {person !== undefined && <Tab text={t('Your account')} isChosen={isOwn} onChoose={() => open('account')} />}
        </div>
        <span className="push t3 s12 cut">{t('signed in as {name}', { name: person?.name ?? account.subject })}</span>
        {person !== undefined && (
          <form method="post" action="/sign-out">
            <button type="submit" className="btn small bare">
              {t('Sign out')}
            </button>
          </form>
        )}
      </div>
      {chosen !== undefined || isOwn ? (
        <ScrollRegion label={chosen === undefined ? t('Your account') : t(chosen.title)} className="ad-one">
          {Whole === undefined ? (
            own(ALL_ROWS)
          ) : (
            <Whole account={account} maxRows={ALL_ROWS} onMore={() => open(chosen?.id)} nowMillis={nowMillis} />
          )}
        </ScrollRegion>
      ) : (
        <div className={`ad-all ${hasLeft ? '' : 'single'}`}>
          {hasLeft && (
            <ScrollRegion label={t('Accounts')} className="ad-column br">
              {partsOf('left')}
            </ScrollRegion>
          )}
          <ScrollRegion label={t('Access')} className="ad-column">
            {own(3)}
            {partsOf('right')}
          </ScrollRegion>
        </div>
      )}
    </div>
  );
}

function Tab({
  text,
  isChosen,
  onChoose,
}: {
  readonly text: string;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}): ReactNode {
  return (
    <button type="button" role="tab" aria-selected={isChosen} onClick={onChoose}>
      {text}
    </button>
  );
}

function NoIdentity(): ReactNode {
  return (
    <EmptyState title={t('This otelier needs no sign-in')}>
      <p>{t('The extension identity gives people accounts and programs API keys, with roles for each tenant.')}</p>
    </EmptyState>
  );
}
