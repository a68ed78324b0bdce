import type { ApiKey, CreatedKey, KeysResponse, RolesResponse, ServiceAccountsResponse } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { sendJson } from '../../data/client.ts';
import { useApiQuery } from '../../data/use-api-query.ts';
import { NO_VALUE } from '../../format/number.ts';
import { formatAge } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { useKeys } from '../../shell/keys.ts';
import { change, type PaneProps, sinceText, tenantText } from './admin-data.ts';
import { FormDialog, SecretDialog } from './forms.tsx';
import { NewKeyForm } from './keys/new-key.tsx';
import { MoreRows } from './more-rows.tsx';

type Opened =
  | { readonly kind: 'new' }
  | { readonly kind: 'rotate' | 'revoke'; readonly key: ApiKey }
  | { readonly kind: 'created'; readonly text: string };

const SOON_MILLIS = 14 * 86_400_000;
const UNUSED_MILLIS = 90 * 86_400_000;

/** The API keys. A new one is shown once. */
export function KeysPane({ maxRows, onMore, nowMillis }: PaneProps): ReactNode {
  const result = useApiQuery<KeysResponse>({ path: '/keys', staleMillis: 0 });
  const { data: roles } = useApiQuery<RolesResponse>({ path: '/roles', staleMillis: 0 });
  const { data: services } = useApiQuery<ServiceAccountsResponse>({ path: '/service-accounts', staleMillis: 0 });
  const accounts = services?.serviceAccounts ?? [];
  const [opened, setOpened] = useState<Opened | undefined>();
  const close = (): void => setOpened(undefined);
  const created = ({ text }: CreatedKey): void => {
    setOpened({ kind: 'created', text });
    result.retry();
  };
  useKeys(t('View'), [{ press: 'n', does: t('new key'), hint: t('new key'), run: () => setOpened({ kind: 'new' }) }]);
  const keys = result.data?.keys ?? [];
  return (
    <Pane
      title={t('API keys')}
      note={t('shown once, kept as a hash')}
      className="ad-pane"
      actions={
        <button type="button" className="btn small push" onClick={() => setOpened({ kind: 'new' })}>
          <Icon name="plus" />
          {t('New key')}
          <kbd>N</kbd>
        </button>
      }
    >
      <QueryResult result={result} tight>
        {() => (
          <>
            <table aria-label={t('API keys')}>
              <colgroup>
                <col style={{ width: 148 }} />
                <col />
                <col style={{ width: 84 }} />
                <col style={{ width: 84 }} />
                <col style={{ width: 76 }} />
                <col style={{ width: 76 }} />
                <col style={{ width: 136 }} />
              </colgroup>
              <thead>
                <tr>
                  <th>{t('Prefix')}</th>
                  <th>{t('For')}</th>
                  <th>{t('Role')}</th>
                  <th>{t('Tenant')}</th>
                  <th className="num">{t('Last use')}</th>
                  <th className="num">{t('Ends in')}</th>
                  <td />
                </tr>
              </thead>
              <tbody>
                {keys.slice(0, maxRows).map((key) => (
                  <KeyRow
                    key={key.id}
                    apiKey={key}
                    account={accounts.find(({ id }) => id === key.account)?.name}
                    nowMillis={nowMillis}
                    onOpen={setOpened}
                  />
                ))}
              </tbody>
            </table>
            <MoreRows count={keys.length - maxRows} onMore={onMore} />
          </>
        )}
      </QueryResult>
      {opened?.kind === 'new' && (
        <NewKeyForm roles={roles} accounts={accounts} nowMillis={nowMillis} onClose={close} onCreated={created} />
      )}
      {opened?.kind === 'created' && (
        <SecretDialog
          title={t('The new key')}
          note={t('It is shown only now. Copy it to the sender.')}
          lines={[opened.text]}
          onClose={close}
        />
      )}
      {opened?.kind === 'rotate' && (
        <FormDialog
          title={opened.key.name}
          submit={t('Create the successor')}
          onSubmit={async () => created(await sendJson<CreatedKey>('/keys/rotate', { id: opened.key.id }))}
          onClose={close}
        >
          <p className="t2 s12">{t('A new key replaces this one, which stays valid for a day.')}</p>
        </FormDialog>
      )}
      {opened?.kind === 'revoke' && (
        <FormDialog
          title={opened.key.name}
          submit={t('Revoke')}
          onSubmit={async () => {
            await change('/keys/revoke', { id: opened.key.id });
            close();
            result.retry();
          }}
          onClose={close}
        >
          <p className="t2 s12">{t('Requests with this key are refused from now on.')}</p>
        </FormDialog>
      )}
    </Pane>
  );
}

function KeyRow({
  apiKey,
  account,
  nowMillis,
  onOpen,
}: {
  readonly apiKey: ApiKey;
  /** Name of its service account. */
  readonly account: string | undefined;
  readonly nowMillis: number;
  readonly onOpen: (opened: Opened) => void;
}): ReactNode {
  const { id, name, role, tenant, usedMillis, createdMillis, expiresMillis } = apiKey;
  const unusedMillis = nowMillis - (usedMillis ?? createdMillis);
  const leftMillis = (expiresMillis ?? Number.POSITIVE_INFINITY) - nowMillis;
  return (
    <tr>
      <td className="mono">{id}…</td>
      <td className="t2">
        <bdi>{name}</bdi>
      </td>
      <td className="t2">
        <bdi>{account ?? role}</bdi>
      </td>
      <td className="t2">
        <bdi>{account === undefined ? tenantText(tenant) : NO_VALUE}</bdi>
      </td>
      <td className={`num ${unusedMillis > UNUSED_MILLIS ? 'warn' : 't2'}`}>
        {usedMillis === undefined ? t('never') : sinceText(unusedMillis)}
      </td>
      <td className={`num ${leftMillis <= 0 ? 'err' : leftMillis < SOON_MILLIS ? 'warn' : 't2'}`}>
        {expiresMillis === undefined ? t('never') : leftMillis <= 0 ? t('expired') : formatAge(leftMillis)}
      </td>
      <td className="ad-rowacts">
        <button type="button" className="btn small bare" onClick={() => onOpen({ kind: 'rotate', key: apiKey })}>
          {t('Rotate')}
          <span className="unseen">: {name}</span>
        </button>
        <button type="button" className="btn small bare" onClick={() => onOpen({ kind: 'revoke', key: apiKey })}>
          {t('Revoke')}
          <span className="unseen">: {name}</span>
        </button>
      </td>
    </tr>
  );
}
