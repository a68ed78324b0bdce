import type { DoctorReport } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { useApiQuery } from '../../data/use-api-query.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { t } from '../../locale/t.ts';
import { useKeys } from '../../shell/keys.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { CertificatesPane } from './certificates-pane.tsx';
import { DiskPane } from './disk-pane.tsx';
import { DoctorPane } from './doctor-pane.tsx';
import './health.css';
import { ProcessCharts } from './process-charts.tsx';
import { ProfilePane } from './profile/profile-pane.tsx';
import { SendersPane } from './senders-pane.tsx';

/** How long the doctor observes counters and telemetry. */
const OBSERVED_SECONDS = 2;

/** The state of the gateway itself: its resources, disk, certificates and senders, and what its checks found. */
export function Health(): ReactNode {
  const { tab } = usePageSearch();
  return (
    <div className="he">
      <ProcessCharts />
      {tab === 'cpu' || tab === 'heap' ? <ProfilePane key={tab} kind={tab} /> : <Checks />}
    </div>
  );
}

/** What the checks found, and what they read of the disk, the certificates and the senders. */
function Checks(): ReactNode {
  const change = useChangeSearch();
  useKeys(t('View'), [
    { press: 'p', does: t('profile the process'), hint: t('profile'), run: () => change({ tab: 'cpu' }) },
  ]);
  const { nowMillis } = usePageWindow();
  const [run, setRun] = useState({ count: 0, atMillis: nowMillis });
  const doctor = useApiQuery<DoctorReport>({
    path: '/doctor',
    params: { seconds: OBSERVED_SECONDS },
    tick: run.count,
  });
  const report = doctor.data;
  return (
    <div className="he-main">
      <div className="he-left">
        <div className="he-two">
          <DiskPane disks={report?.disks ?? []} nowMillis={run.atMillis} />
          <CertificatesPane certificates={report?.certificates ?? []} nowMillis={run.atMillis} />
        </div>
        <SendersPane senders={report?.senders ?? []} />
      </div>
      <DoctorPane
        result={doctor}
        checkedMillis={run.atMillis}
        onRun={() => setRun(({ count }) => ({ count: count + 1, atMillis: nowMillis }))}
      />
    </div>
  );
}
