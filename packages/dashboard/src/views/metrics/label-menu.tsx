import { type ReactNode, useCallback, useState } from 'react';
import { attributeField, writeCondition } from '../../data/conditions.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { formatCount } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { Popover } from '../../parts/popover.tsx';
import type { Metric } from './aggregates.ts';
import { useLabels, useLabelValues } from './use-metrics.ts';

/** A menu to select a label to group by, or a label and a value to filter by. */
export function LabelMenu({
  metric,
  purpose,
}: {
  readonly metric: Metric;
  readonly purpose: 'group' | 'filter';
}): ReactNode {
  const [open, setOpen] = useState(false);
  const [key, setKey] = useState<string | undefined>(undefined);
  const close = useCallback(() => {
    setOpen(false);
    setKey(undefined);
  }, []);
  const label = purpose === 'group' ? t('Group by a label') : t('Add a filter');
  return (
    <span className="anchor">
      <button
        type="button"
        className="me-add"
        title={label}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="plus" size={10} />
        <span className="unseen">{purpose === 'group' ? t('Group by a') : t('Add a')}</span>
        {purpose === 'group' ? t('label') : t('filter')}
      </button>
      {open && (
        <Popover label={label} onClose={close}>
          <div className="menu">
            {key === undefined ? (
              <Keys metric={metric} purpose={purpose} onKey={setKey} onDone={close} />
            ) : (
              <Values metric={metric} name={key} onDone={close} />
            )}
          </div>
        </Popover>
      )}
    </span>
  );
}

function Keys({
  metric,
  purpose,
  onKey,
  onDone,
}: {
  readonly metric: Metric;
  readonly purpose: 'group' | 'filter';
  readonly onKey: (key: string) => void;
  readonly onDone: () => void;
}): ReactNode {
  const { by = [] } = usePageSearch();
  const change = useChangeSearch();
  const labels = useLabels(metric.name).data?.labels;
  const keys = [{ key: 'service', values: metric.services.length }, ...(labels ?? [])].filter(
    ({ key }) => purpose === 'filter' || !by.includes(key),
  );
  const take = (key: string): void => {
    if (purpose === 'filter') onKey(key);
    else {
      change({ by: [...by, key] }, 'replace');
      onDone();
    }
  };
  return keys.map(({ key, values }) => (
    <button key={key} type="button" className="option mono" onClick={() => take(key)}>
      {key}
      <span className="push t3 s11">{formatCount(values)}</span>
    </button>
  ));
}

function Values({
  metric,
  name,
  onDone,
}: {
  readonly metric: Metric;
  readonly name: string;
  readonly onDone: () => void;
}): ReactNode {
  const { where = [] } = usePageSearch();
  const change = useChangeSearch();
  const result = useLabelValues(metric.name, name);
  const values =
    name === 'service' ? metric.services.map((value) => ({ value, count: undefined })) : result.data?.values;
  const take = (value: string): void => {
    change({ where: [...where, writeCondition(name === 'service' ? 'service' : attributeField(name), '=', value)] });
    onDone();
  };
  if (values === undefined) return <span className="groupname">{result.failure?.message ?? ''}</span>;
  return values.map(({ value, count }) => (
    <button key={value} type="button" className="option mono" onClick={() => take(value)}>
      <span className="cut">{value === '' ? t('(empty)') : value}</span>
      {count !== undefined && <span className="push t3 s11">{formatCount(count)}</span>}
    </button>
  ));
}
