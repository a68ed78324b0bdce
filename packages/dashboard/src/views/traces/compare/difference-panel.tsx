import type { CompareTracesResponse, TraceDifference } from '@otelier/query';
import type { ReactNode } from 'react';
import { useChangeSearch } from '../../../data/use-search.ts';
import { formatCount, formatPercent } from '../../../format/number.ts';
import { msg, rich, t } from '../../../locale/t.ts';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { type DifferenceRow, differenceText } from './difference-groups.ts';
import { ShareBars } from './share-bars.tsx';

const KINDS: Readonly<Record<TraceDifference['kind'], string>> = {
  attribute: msg('attribute of its spans'),
  resource: msg('resource, on every span of the service'),
  span: msg('operation in the trace'),
  calls: msg('calls in a trace'),
  status: msg('failed operation'),
};

/** The chosen difference: its values in both populations, what cannot be told apart from it, and examples. */
export function DifferencePanel({
  row: { difference, equal },
  data,
  onAdd,
}: {
  readonly row: DifferenceRow;
  readonly data: CompareTracesResponse;
  readonly onAdd: (difference: TraceDifference, without: boolean) => void;
}): ReactNode {
  const { selected, baseline } = data;
  return (
    <aside className="pane co-panel bl" aria-label={t('Chosen difference')}>
      <h2 className="mono">{differenceText(difference)}</h2>
      <p className="row s12">
        <ServiceMark service={difference.service} />
        <span className="med">{difference.service}</span>
        <span className="t2 cut">{t(KINDS[difference.kind])}</span>
      </p>
      <p className="row">
        <button type="button" className="btn small primary" onClick={() => onAdd(difference, false)}>
          {t('Add condition')}
          <kbd>Enter</kbd>
        </button>
        <button type="button" className="btn small" onClick={() => onAdd(difference, true)}>
          {t('Without')}
          <kbd>−</kbd>
        </button>
      </p>
      {difference.kind !== 'span' && difference.kind !== 'status' && (
        <>
          <h3>{rich('Values {note}', { note: <span className="t3">{t('selection above, rest below')}</span> })}</h3>
          {difference.values.map((value) => (
            <div key={value.value} className="co-value">
              <span className="mono cut" title={value.value}>
                {value.value}
              </span>
              <ShareBars selected={value.selected / selected.read} baseline={value.baseline / baseline.read} />
              <span className="num">
                {formatPercent(value.selected / selected.read, 1)} %
                <br />
                <span className="t2">{formatPercent(value.baseline / baseline.read, 1)} %</span>
              </span>
              <span className="num">
                {formatCount(value.selected)}
                <br />
                <span className="t2">{formatCount(value.baseline)}</span>
              </span>
            </div>
          ))}
        </>
      )}
      {equal.length > 0 && (
        <>
          <h3>
            {rich('Equal {note}', {
              note: <span className="t3">{t('the same traces, cannot be told apart here')}</span>,
            })}
          </h3>
          {equal.map((one) => (
            <p key={`${one.kind} ${one.service} ${one.key}`} className="row s12">
              <ServiceMark service={one.service} />
              <span className="mono cut">{differenceText(one)}</span>
            </p>
          ))}
        </>
      )}
      <Examples data={data} />
      <p className="t2 s12">
        {t('{read} of {selected} selected and {others} of {rest} other traces were read.', {
          read: formatCount(selected.read),
          selected: formatCount(selected.total),
          others: formatCount(baseline.read),
          rest: formatCount(baseline.total),
        })}
      </p>
    </aside>
  );
}

/** A typical trace of each population. */
function Examples({ data }: { readonly data: CompareTracesResponse }): ReactNode {
  const change = useChangeSearch();
  const [a, b] = [data.selected.sampleTraceId, data.baseline.sampleTraceId];
  if (a === undefined || b === undefined) return null;
  return (
    <>
      <h3 className="row">
        {t('One of each')}
        <button type="button" className="push link s12" onClick={() => change({ compare: 'two', a, b })}>
          {t('Compare two traces')}
        </button>
      </h3>
      <p className="row s12">
        <span className="tag a">A</span>
        <span className="mono cut">{a}</span>
        <span className="t2 nowrap">{t('median of the selection')}</span>
      </p>
      <p className="row s12">
        <span className="tag">B</span>
        <span className="mono cut">{b}</span>
        <span className="t2 nowrap">{t('median of the rest')}</span>
      </p>
    </>
  );
}
