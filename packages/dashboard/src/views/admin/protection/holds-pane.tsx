import type { LegalHold, LegalHolds } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { formatDay } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import { Pane } from '../../../parts/pane.tsx';
import { QueryResult } from '../../../parts/query-result.tsx';
import { change, personText, sinceText } from '../admin-data.ts';
import { FormDialog } from '../forms.tsx';
import { AuditButton } from './audit-button.tsx';
import { NewHoldForm } from './new-hold.tsx';

/** The legal holds of a tenant, which keep items from being removed. */
export function HoldsPane({ tenant, nowMillis }: { readonly tenant: string; readonly nowMillis: number }): ReactNode {
  const result = useApiQuery<LegalHolds>({ path: '/holds', params: { tenant }, staleMillis: 0 });
  const [opened, setOpened] = useState<LegalHold | 'new' | undefined>();
  const close = (): void => setOpened(undefined);
  const saved = (): void => {
    close();
    result.retry();
  };
  const released = result.data?.released.length ?? 0;
  return (
    <Pane
      title={t('Legal holds')}
      note={released > 0 ? t('{count} were released', { count: released }) : undefined}
      className="ad-pane"
      actions={
        <span className="push row">
          <AuditButton text="/holds/" />
          <button type="button" className="btn small" onClick={() => setOpened('new')}>
            <Icon name="plus" />
            {t('New hold')}
          </button>
        </span>
      }
    >
      <QueryResult result={result} tight>
        {({ holds }) =>
          holds.length === 0 ? (
            <p className="ad-note t3 s12">{t('No legal hold keeps telemetry.')}</p>
          ) : (
            <HoldsTable holds={holds} nowMillis={nowMillis} onRelease={setOpened} />
          )
        }
      </QueryResult>
      {opened === 'new' && <NewHoldForm tenant={tenant} onClose={close} onSaved={saved} />}
      {typeof opened === 'object' && (
        <FormDialog
          title={t('Release the hold')}
          submit={t('Release')}
          onSubmit={async () => {
            await change('/holds/release', { tenant, id: opened.id });
            saved();
          }}
          onClose={close}
        >
          <p className="s12 dp-wrap">
            <bdi>{opened.reason}</bdi>
          </p>
          <p className="t2 s12">{t('Retention and erasures remove what it kept from then on.')}</p>
        </FormDialog>
      )}
    </Pane>
  );
}

function HoldsTable({
  holds,
  nowMillis,
  onRelease,
}: {
  readonly holds: readonly LegalHold[];
  readonly nowMillis: number;
  readonly onRelease: (hold: LegalHold) => void;
}): ReactNode {
  return (
    <table aria-label={t('Legal holds')}>
      <colgroup>
        <col />
        <col />
        <col style={{ width: 108 }} />
        <col style={{ width: 64 }} />
        <col style={{ width: 92 }} />
      </colgroup>
      <thead>
        <tr>
          <th>{t('Reason')}</th>
          <th>{t('Keeps')}</th>
          <th>{t('Times')}</th>
          <th className="num">{t('Age')}</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {holds.map((hold) => (
          <tr key={hold.id}>
            <td title={hold.reason}>
              <bdi>{hold.reason}</bdi>
            </td>
            <td className="mono t2">
              <bdi>{hold.attributes.map(({ key, value }) => `${key}=${value}`).join(', ') || t('everything')}</bdi>
            </td>
            <td className="t2">{rangeText(hold)}</td>
            <td className="num t2" title={personText(hold.by)}>
              {sinceText(nowMillis - hold.createdMillis)}
            </td>
            <td className="ad-rowacts">
              <button type="button" className="btn small bare" onClick={() => onRelease(hold)}>
                {t('Release')}
                <span className="unseen">: {hold.reason}</span>
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function rangeText({ startMillis, endMillis }: LegalHold): string {
  if (startMillis === undefined && endMillis === undefined) return t('all times');
  const [from, to] = [startMillis, endMillis].map((millis) => (millis === undefined ? '' : formatDay(millis)));
  return `${from} – ${to}`;
}
