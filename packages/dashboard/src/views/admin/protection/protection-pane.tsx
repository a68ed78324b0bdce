import type { ReactNode } from 'react';
import { useStatus } from '../../../data/use-status.ts';
import { NO_VALUE } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { Pane } from '../../../parts/pane.tsx';
import { QueryResult } from '../../../parts/query-result.tsx';
import type { PaneProps } from '../admin-data.ts';
import { may } from './protection-data.ts';

/** What legal holds and purposes keep. The tab has the rest. */
export function ProtectionPane({ account, onMore }: PaneProps): ReactNode {
  return (
    <Pane
      title={t('Data protection')}
      note={may(account, 'telemetry:export') ? t('search, export and erase a person') : undefined}
      className="ad-pane"
      actions={
        <button type="button" className="btn small push" onClick={onMore}>
          {t('Open')}
          <span className="unseen">: {t('Data protection')}</span>
        </button>
      }
    >
      {may(account, 'telemetry:delete') && <Facts />}
    </Pane>
  );
}

/** Facts of the status: the audit log has an entry of each other request about holds and erasures. */
function Facts(): ReactNode {
  return (
    <QueryResult result={useStatus()} tight>
      {({ store }) => {
        const { held, purposes } = store ?? {};
        const all = purposes?.purposes ?? [];
        const early = all.reduce((sum, { removedEarly }) => sum + removedEarly, 0);
        return (
          <dl className="ad-facts s12">
            <dt className="t3">{t('Legal holds')}</dt>
            <dd>{t('{count}, they keep {files} files', { count: held?.holds ?? 0, files: held?.files ?? 0 })}</dd>
            <dt className="t3">{t('Purposes')}</dt>
            <dd>
              <bdi className="cut">{all.map(({ name }) => name).join(', ') || NO_VALUE}</bdi>
              {early > 0 && <span className="warn">{t('{count} items were removed too early', { count: early })}</span>}
            </dd>
          </dl>
        );
      }}
    </QueryResult>
  );
}
