import type { Service, ServiceDetailResponse } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { writeCondition } from '../../data/conditions.ts';
import { serviceNode, timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatPercent, plural } from '../../format/number.ts';
import { formatMinute } from '../../format/time.ts';
import { rich, t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { ServiceMark } from '../../parts/service-mark.tsx';
import { errorLevel, errorRate } from '../overview/service-order.ts';

/** Attributes of the resource that the head shows, of which the first value is meant. */
const FACTS = ['telemetry.sdk.language', 'deployment.environment.name', 'service.namespace', 'cloud.region'];

/** The head of the page: name, state, versions, and links to the other views. */
export function ServiceBar({
  name,
  known,
  detail,
}: {
  readonly name: string;
  readonly known: Service | undefined;
  readonly detail: ServiceDetailResponse | undefined;
}): ReactNode {
  const time = timeOf(usePageSearch());
  const share = known === undefined || known.requests === 0 ? 0 : errorRate(known);
  const level = errorLevel(share);
  const release = detail?.releases.at(-1);
  const where = [writeCondition('service', '=', name)];
  const facts = FACTS.flatMap((key) => detail?.attributes.find((one) => one.key === key)?.values[0]?.value ?? []);
  return (
    <div className="sv-bar bb">
      <ServiceMark service={name} />
      <h2 className="cut">
        <bdi>{name}</bdi>
      </h2>
      {level === 'bad' && (
        <span className="tag err">{t('{share} % of requests fail', { share: formatPercent(share) })}</span>
      )}
      {release !== undefined && (
        <span className="tag warn">
          {rich('{version} since {time}', {
            version: <bdi>{release.version}</bdi>,
            time: formatMinute(release.timeMillis),
          })}
        </span>
      )}
      {detail?.versions.slice(0, 3).map((version) => (
        <span key={version.name} className="s12 nowrap sv-fact">
          <b className="mono">{version.name}</b>
        </span>
      ))}
      {detail !== undefined && detail.instanceCount > 0 && (
        <span className="s12 t2 nowrap sv-fact">{plural(detail.instanceCount, 'instance')}</span>
      )}
      {facts.map((fact) => (
        <bdi key={fact} className="s12 t3 cut sv-fact">
          {fact}
        </bdi>
      ))}
      <span className="push row sv-links">
        <Link to="/traces" search={{ ...time, where }} className="btn small">
          <Icon name="traces" />
          {t('Traces')}
          <kbd>T</kbd>
        </Link>
        <Link to="/logs" search={{ ...time, where }} className="btn small">
          <Icon name="logs" />
          {t('Logs')}
          <kbd>L</kbd>
        </Link>
        <Link to="/errors" search={{ ...time, service: name }} className="btn small">
          <Icon name="errors" />
          {t('Errors')}
          <kbd>E</kbd>
        </Link>
        <Link to="/map" search={{ ...time, node: serviceNode(name) }} className="btn small">
          <Icon name="map" />
          {t('Map')}
          <kbd>M</kbd>
        </Link>
      </span>
    </div>
  );
}
