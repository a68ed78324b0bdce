import type { MetricLabelsResponse, RulePreview } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { timeOf } from '../../../data/search.ts';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { formatCount, formatNumber, formatPercent } from '../../../format/number.ts';
import { bytesOf } from '../../../format/quantity.ts';
import { rich, t } from '../../../locale/t.ts';
import { Code } from '../../../parts/code.tsx';
import { CopyButton } from '../../../parts/copy-button.tsx';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { LoadingRows } from '../../../parts/loading.tsx';
import { Measure } from '../../../parts/measure.tsx';
import { QueryResult } from '../../../parts/query-result.tsx';
import { itemsLink } from '../cost-links.ts';
import { RowName } from '../row-name.tsx';
import { type CostRow, useCostRange, volumeOf } from '../use-cost.ts';
import { InsertRule } from './insert-rule.tsx';
import { NO_RULE, type RuleChoice, rulesOf } from './rules-of.ts';

/** The rules that would reduce what a row counts, with their effect on stored items and their configuration. */
export function RulePanel({ row }: { readonly row: CostRow }): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const range = useCostRange();
  const metric = row.kind === 'sender' && row.sender.signal === 'metrics' ? row.sender.name : undefined;
  const labels = useApiQuery<MetricLabelsResponse>({
    path: '/metrics/labels',
    params: { ...range, name: metric },
    enabled: metric !== undefined,
    keep: false,
  });
  const rules = rulesOf(row, metric === undefined ? undefined : labels.data);
  const rule = rules.find(({ id }) => id === search.rule) ?? rules[0];
  return (
    <aside className="pane ct-panel scroll" aria-label={t('Rule')}>
      <div className="ct-title">
        <RowName row={row} heading />
        <ItemsButton row={row} />
      </div>
      <Facts row={row} />
      {rules.length === 0 ? (
        <EmptyState tight title={t('No rule for attributes of data points')}>
          <p>{t(NO_RULE)}</p>
        </EmptyState>
      ) : (
        <>
          <h3 className="ct-sub bt">
            {t('What a rule would save')} <span className="t3">{t('tried on stored items')}</span>
          </h3>
          <fieldset className="ct-rules">
            <legend className="unseen">{t('Rule')}</legend>
            {rules.map((one) => (
              <label key={one.id}>
                <input
                  type="radio"
                  name="rule"
                  checked={one.id === rule?.id}
                  onChange={() => change({ rule: one.id }, 'replace')}
                />
                <span className="cut">{one.label}</span>
                {one.aside !== undefined && <span className="t3 push nowrap">{one.aside}</span>}
              </label>
            ))}
          </fieldset>
          {rule !== undefined && <Effect rule={rule} />}
        </>
      )}
    </aside>
  );
}

function ItemsButton({ row }: { readonly row: CostRow }): ReactNode {
  const search = usePageSearch();
  const link = itemsLink(row);
  if (link === undefined) return null;
  return (
    <Link to={link.to} search={{ ...timeOf(search), ...link.search }} className="btn small push">
      {t('Show these items')}
    </Link>
  );
}

/** What the row counts in the range. */
function Facts({ row }: { readonly row: CostRow }): ReactNode {
  const { items, bytes } = volumeOf(row);
  const average = bytes / Math.max(1, items);
  return (
    <p className="ct-facts">
      <span>
        <b>{formatCount(items)}</b> {t('items')}
      </span>
      <span>
        <b>
          <Measure of={bytesOf(bytes)} />
        </b>
      </span>
      <span>{rich('{bytes} each', { bytes: <Measure of={bytesOf(average)} /> })}</span>
      {row.kind === 'attribute' && <DistinctValues row={row} />}
    </p>
  );
}

function DistinctValues({ row }: { readonly row: Extract<CostRow, { kind: 'attribute' }> }): ReactNode {
  const { values, valuesAre } = row.attribute;
  const shown = <b>{formatCount(values)}</b>;
  if (valuesAre === 'exact') return <span>{rich('{values} distinct values', { values: shown })}</span>;
  if (valuesAre === 'estimated') return <span>{rich('about {values} distinct values', { values: shown })}</span>;
  return <span>{rich('at most {values} distinct values', { values: shown })}</span>;
}

function Effect({ rule }: { readonly rule: RuleChoice }): ReactNode {
  const range = useCostRange();
  const result = useApiQuery<RulePreview>({
    path: '/cost/preview',
    params: { ...range, ...rule.params },
    keep: false,
  });
  return (
    <QueryResult result={result} loading={<LoadingRows rows={5} height={28} />}>
      {(preview) => (
        <>
          <Balance preview={preview} days={(range.end - range.start) / 86_400_000} />
          <h3 className="ct-sub bt">
            {t('Configuration')}
            <span className="push">
              <CopyButton text={preview.configuration} label={t('Copy the configuration')}>
                {t('Copy')}
              </CopyButton>
            </span>
          </h3>
          <Code text={preview.configuration} />
          <InsertRule preview={preview} />
        </>
      )}
    </QueryResult>
  );
}

/** What is sent now and what the rule would keep, with the difference for a day. */
function Balance({ preview, days }: { readonly preview: RulePreview; readonly days: number }): ReactNode {
  const { now, kept, sample, reason, processor } = preview;
  const saved = { items: now.items - kept.items, bytes: now.bytes - kept.bytes };
  return (
    <>
      <table aria-label={t('What the rule would save')} className="ct-balance">
        <thead>
          <tr>
            <th />
            <th className="num">{t('Now')}</th>
            <th className="num">{t('With the rule')}</th>
            <th className="num">{t('Saved')}</th>
            <th className="num">{t('Saved a day')}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t('Items')}</th>
            <td className="num">{formatCount(now.items)}</td>
            <td className="num">{formatCount(kept.items)}</td>
            <td className="num strong">{share(saved.items, now.items)}</td>
            <td className="num t2">{formatNumber(saved.items / days)}</td>
          </tr>
          <tr>
            <th scope="row">{t('Bytes')}</th>
            <td className="num">
              <Measure of={bytesOf(now.bytes)} />
            </td>
            <td className="num">
              <Measure of={bytesOf(kept.bytes)} />
            </td>
            <td className="num strong">{share(saved.bytes, now.bytes)}</td>
            <td className="num t2">
              <Measure of={bytesOf(saved.bytes / days)} />
            </td>
          </tr>
        </tbody>
      </table>
      <p className="note ct-note">
        {reason === undefined
          ? rich('Estimated: {items} of these items were passed to {processor}, which kept {kept}.', {
              items: formatCount(sample.now.items),
              processor: <code>{processor}</code>,
              kept: formatCount(sample.kept.items),
            })
          : t('There is no estimate: {reason}.', { reason })}
      </p>
    </>
  );
}

function share(part: number, whole: number): string {
  return whole === 0 ? '—' : `${formatPercent(part / whole, 1)} %`;
}
