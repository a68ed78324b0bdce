import type { ErrorCause } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { writeCondition } from '../../../data/conditions.ts';
import { timeOf } from '../../../data/search.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { formatCount } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { tracesOf } from './traces-of.ts';

const SHOWN = 5;

interface Value {
  readonly name: string;
  readonly count: number;
  readonly where: readonly string[];
}

/** Where a cause occurs: versions, instances and routes, with bars by their share. */
export function CauseValues({ cause }: { readonly cause: ErrorCause }): ReactNode {
  const { where } = tracesOf(cause);
  const versions = cause.versions.map(({ value, count }) => ({
    ...{ name: value, count },
    where: [...where, writeCondition('resource.service.version', '=', value)],
  }));
  const instances = cause.instances.map(({ value, count }) => ({ name: value, count, where }));
  const routes = cause.routes.map(({ service, name, count }) => ({
    ...{ name, count },
    where: [writeCondition('service', '=', service), writeCondition('name', '=', name), 'status = error'],
  }));
  return (
    <div className="er-values bt">
      <Values title="service.version" values={versions} />
      <Values title={t('Instances')} values={instances} />
      <Values title={t('Requests that failed')} values={routes} />
    </div>
  );
}

function Values({ title, values }: { readonly title: string; readonly values: readonly Value[] }): ReactNode {
  const time = timeOf(usePageSearch());
  const max = values[0]?.count ?? 1;
  return (
    <section aria-label={title}>
      <h4 className="t3 s11">{title}</h4>
      {values.length === 0 && <p className="t3 s12">{t('none')}</p>}
      <ul>
        {values.slice(0, SHOWN).map(({ name, count, where }) => (
          <li key={name}>
            <Link to="/traces" search={{ ...time, where }} className="plain er-value">
              <bdi className="mono cut">{name}</bdi>
              <span className="num">{formatCount(count)}</span>
              <i className="bar" style={{ width: `${Math.max(1, (count / max) * 100)}%` }} />
            </Link>
          </li>
        ))}
      </ul>
      {values.length > SHOWN && <p className="t3 s11">{t('and {count} more', { count: values.length - SHOWN })}</p>}
    </section>
  );
}
