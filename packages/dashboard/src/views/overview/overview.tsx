import { lazy, type ReactNode, Suspense } from 'react';
import { ReleasesContext } from '../../charts/releases/releases.tsx';
import { useReleases } from '../../charts/releases/use-releases.ts';
import { useHasData } from '../../data/use-has-data.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { ChartsRow } from './charts-row.tsx';
import { ErrorsList } from './errors-list.tsx';
import { RoutesTable } from './routes-table.tsx';
import { ServicesTable } from './services-table.tsx';

const FirstRun = lazy(() => import('./first-run.tsx').then((module) => ({ default: module.FirstRun })));

/** The view of all services. Before any telemetry has arrived, it shows how to send some. */
export function Overview(): ReactNode {
  const hasData = useHasData();
  const { service } = usePageSearch();
  const releases = useReleases(hasData !== false);
  if (hasData === false) {
    return (
      <Suspense>
        <FirstRun />
      </Suspense>
    );
  }
  return (
    <ReleasesContext value={releases}>
      <div className="ov">
        <ChartsRow service={service} />
        <div className="ov-left br">
          <ServicesTable selected={service} />
          <RoutesTable service={service} />
        </div>
        <ErrorsList service={service} />
      </div>
    </ReleasesContext>
  );
}
