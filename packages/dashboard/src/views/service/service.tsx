import { useNavigate, useParams } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import { ReleasesContext } from '../../charts/releases/releases.tsx';
import { writeCondition } from '../../data/conditions.ts';
import { serviceNode, timeOf } from '../../data/search.ts';
import { assignServiceColors } from '../../data/service-colors.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { t } from '../../locale/t.ts';
import { useKeys } from '../../shell/keys.ts';
import { useServices } from '../overview/use-overview.ts';
import { Attributes } from './attributes.tsx';
import { Dependencies } from './dependencies.tsx';
import { Operations } from './operations.tsx';
import { Requests } from './requests.tsx';
import { Runtime } from './runtime.tsx';
import './service.css';
import { ServiceBar } from './service-bar.tsx';
import { ServiceErrors } from './service-errors.tsx';
import { ServiceLogs } from './service-logs.tsx';
import { useServiceDetail } from './use-service.ts';
import { Versions } from './versions.tsx';

/** The page of a service: everything that is known about it in the range. */
export function ServiceView(): ReactNode {
  const { name = '' } = useParams({ strict: false }) as { readonly name?: string };
  const search = usePageSearch();
  const navigate = useNavigate();
  const services = useServices().data?.services;
  const detail = useServiceDetail(name);
  useMemo(() => assignServiceColors((services ?? []).map(({ service }) => service).sort()), [services]);
  const known = services?.find(({ service }) => service === name);
  const go = (to: string, more: object): void => void navigate({ to, search: { ...timeOf(search), ...more } } as never);
  const where = [writeCondition('service', '=', name)];
  useKeys(t('View'), [
    { press: 't', does: t('show the traces'), hint: t('traces'), run: () => go('/traces', { where }) },
    { press: 'l', does: t('show the logs'), hint: t('logs'), run: () => go('/logs', { where }) },
    { press: 'e', does: t('show the errors'), hint: t('errors'), run: () => go('/errors', { service: name }) },
    { press: 'm', does: t('show it on the map'), hint: t('map'), run: () => go('/map', { node: serviceNode(name) }) },
  ]);
  return (
    <ReleasesContext value={detail.data?.releases ?? NONE}>
      <div className="sv" key={name}>
        <ServiceBar name={name} known={known} detail={detail.data} />
        <div className="sv-left scroll">
          <Requests service={name} known={known} detail={detail} />
          <Operations service={name} />
          <div className="sv-two">
            <Dependencies service={name} />
            <Versions service={name} detail={detail} />
          </div>
        </div>
        <div className="sv-right scroll">
          <ServiceErrors service={name} />
          <Runtime service={name} />
          <ServiceLogs service={name} />
          <Attributes service={name} detail={detail} />
        </div>
      </div>
    </ReleasesContext>
  );
}

const NONE: readonly never[] = [];
