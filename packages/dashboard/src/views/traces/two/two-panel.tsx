import type { JsonValue, Span } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import { timeOf } from '../../../data/search.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { formatPercent, plural } from '../../../format/number.ts';
import { formatOffset } from '../../../format/quantity.ts';
import { rich, t } from '../../../locale/t.ts';
import { CopyButton } from '../../../parts/copy-button.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { criticalPath } from '../shape/critical-path.ts';
import { spanAt, startNanosOf, type TraceTree } from '../trace-tree.ts';
import { spanStartedAt, useSpans } from '../use-traces.ts';
import { type AlignedRow, type RowSide, timeChanges } from './align.ts';
import { differingAttributes } from './differing-attributes.ts';

const MAX_CHANGES = 5;

/** Where the difference of two traces comes from, and what differs between the selected spans. */
export function TwoPanel({
  a,
  b,
  ids,
  row,
}: {
  readonly a: TraceTree;
  readonly b: TraceTree;
  readonly ids: { readonly a: string; readonly b: string };
  readonly row: AlignedRow;
}): ReactNode {
  const time = timeOf(usePageSearch());
  return (
    <aside className="pane co-panel bl" aria-label={t('Difference')}>
      <WhereFrom a={a} b={b} />
      <SpanDifference a={a} b={b} ids={ids} row={row} />
      <p className="row two-acts">
        <Link to="/traces" search={{ ...time, trace: ids.a }} className="btn small">
          {t('Open A')}
        </Link>
        <Link to="/traces" search={{ ...time, trace: ids.b }} className="btn small">
          {t('Open B')}
        </Link>
        <span className="push" />
        <CopyButton text={location.href} label={t('Copy link to this comparison')}>
          {t('Copy link')}
        </CopyButton>
      </p>
    </aside>
  );
}

function WhereFrom({ a, b }: { readonly a: TraceTree; readonly b: TraceTree }): ReactNode {
  const changes = useMemo(() => timeChanges(a, criticalPath(a).nanos, b, criticalPath(b).nanos), [a, b]);
  const total = changes.reduce((sum, { nanos }) => sum + nanos, 0);
  const shown = changes.slice(0, MAX_CHANGES).filter(({ nanos }) => nanos !== 0);
  const rest = changes.slice(MAX_CHANGES).reduce((sum, { nanos }) => sum + nanos, 0);
  return (
    <>
      <h2 className="plain">
        {rich('A takes {difference}. {note}', {
          difference: formatOffset(total),
          note: <span className="t2">{t('Where from, on the critical path:')}</span>,
        })}
      </h2>
      {shown.map(({ service, name, nanos }) => (
        <p key={`${service} ${name}`} className="row s12">
          <ServiceMark service={service} />
          <span className="cut">{name}</span>
          <span className="push num nowrap">{formatOffset(nanos)}</span>
          <span className="num t2 two-share">{total === 0 ? '' : `${formatPercent(nanos / total, 0)} %`}</span>
        </p>
      ))}
      {rest !== 0 && (
        <p className="row s12 t2">
          {t('all other spans')}
          <span className="push num">{formatOffset(rest)}</span>
          <span className="num two-share">{total === 0 ? '' : `${formatPercent(rest / total, 0)} %`}</span>
        </p>
      )}
    </>
  );
}

function SpanDifference({
  a,
  b,
  ids,
  row,
}: {
  readonly a: TraceTree;
  readonly b: TraceTree;
  readonly ids: { readonly a: string; readonly b: string };
  readonly row: AlignedRow;
}): ReactNode {
  const one = useSpan(a, ids.a, row.a);
  const other = useSpan(b, ids.b, row.b);
  const found = useMemo(() => differingAttributes(one, other), [one, other]);
  return (
    <>
      <h3>
        {row.name}{' '}
        <span className="t3">
          {row.a === undefined || row.b === undefined
            ? t('only in {trace}', { trace: row.a === undefined ? 'B' : 'A' })
            : t('{attributes} differ, {equal} are equal', {
                attributes: plural(found.different.length, 'attribute'),
                equal: found.equal,
              })}
        </span>
      </h3>
      {found.different.length > 0 && (
        <table className="two-attributes" aria-label={t('Attributes that differ')}>
          <thead>
            <tr>
              <th scope="col">{t('Attribute')}</th>
              <th scope="col">A</th>
              <th scope="col">B</th>
            </tr>
          </thead>
          <tbody>
            {found.different.map(({ key, a: left, b: right }) => (
              <tr key={key} className="mono">
                <td title={key}>{key}</td>
                <td title={textOf(left)}>{textOf(left)}</td>
                <td title={textOf(right)} className="t2">
                  {textOf(right)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {[
        { name: 'A', events: eventsOnlyIn(one, other) },
        { name: 'B', events: eventsOnlyIn(other, one) },
      ].map(({ name, events }) =>
        events.map((event) => (
          <p key={`${name} ${event}`} className="row s12">
            <span className={`tag ${name === 'A' ? 'a' : ''}`}>{name}</span>
            <span className="t2">{t('event')}</span>
            <span className="mono cut">{event}</span>
          </p>
        )),
      )}
    </>
  );
}

/** Loads the first span of a row. */
function useSpan(tree: TraceTree, traceId: string, side: RowSide | undefined): Span | undefined {
  const index = side?.indexes[0] ?? -1;
  const { data } = useSpans(traceId, spanAt(tree, index)?.spanId ?? '');
  if (side === undefined) return undefined;
  return spanStartedAt(data, startNanosOf(tree, index));
}

function eventsOnlyIn(span: Span | undefined, other: Span | undefined): readonly string[] {
  const known = new Set(other?.events.map(({ name }) => name));
  return [...new Set(span?.events.map(({ name }) => name))].filter((name) => !known.has(name));
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined) return '—';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
