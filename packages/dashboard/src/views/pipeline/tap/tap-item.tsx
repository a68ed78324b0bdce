import type { PipelineGraph, PipelineNode, TappedItem, TappedValue } from '@otelier/query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactElement, type ReactNode, useState } from 'react';
import { timeOf } from '../../../data/search.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { msg, t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { useKeys } from '../../../shell/keys.ts';
import type { DrawnEdge } from '../drawn-graph.ts';
import { formatMicros, selfTimes } from '../self-time.ts';
import { shortKey } from './key-counts.ts';
import { wayOf } from './way.ts';

/** An item before and after the component that precedes the edge, and where it goes. */
export function TapItem({
  item,
  from,
  line,
  latest,
  before,
}: {
  readonly item: TappedItem | undefined;
  readonly from: PipelineNode | undefined;
  readonly line: DrawnEdge;
  readonly latest: PipelineGraph;
  readonly before: PipelineGraph | undefined;
}): ReactNode {
  const search = usePageSearch();
  const navigate = useNavigate();
  const traceId = item?.traceId;
  const openTrace = (): void =>
    void navigate({ to: '/traces', search: { ...timeOf(search), trace: traceId } } as never);
  useKeys(
    t('View'),
    traceId === undefined
      ? []
      : [{ press: 't', does: t('open the trace of the item'), hint: t('trace'), run: openTrace }],
  );
  return (
    <section className="pane tp-item" aria-label={t('Item')}>
      <div className="head bb">
        <h2 className="row cut">
          {item === undefined ? (
            t('Item')
          ) : (
            <>
              <ServiceMark service={item.service} hollow={item.service === ''} />
              <span className="mono cut">{item.name === '' ? t('(no name)') : item.name}</span>
            </>
          )}
        </h2>
        <span className="note">
          {from?.kind === 'processor' && t('before and after {component}', { component: from.component })}
        </span>
        {traceId !== undefined && (
          <button type="button" className="btn small push" onClick={openTrace}>
            <Icon name="traces" />
            {t('Open trace')}
            <kbd>T</kbd>
          </button>
        )}
      </div>
      <ScrollRegion label={t('Item before and after')}>
        {item !== undefined && <Values item={item} />}
        <Why from={from} line={line} latest={latest} before={before} />
      </ScrollRegion>
    </section>
  );
}

/** Number of values that leave space for what is below them; the others are shown on demand. */
const SHOWN = 9;
const SHOWN_SAME = 3;

function Values({ item }: { readonly item: TappedItem }): ReactNode {
  const { values, changedValues, leftOutValues, comparison } = item;
  const [showsAll, setShowsAll] = useState(false);
  const changed = comparison === 'found' ? values.slice(0, changedValues) : [];
  const same = values.slice(changed.length);
  const space = Math.max(SHOWN_SAME, SHOWN - changed.length);
  const hidden = showsAll ? 0 : Math.max(0, same.length - space);
  return (
    <>
      {comparison === 'unknown' && (
        <p className="t3 s12 tp-note">
          {t('The item that entered the component is no longer in memory, so that nothing can be compared.')}
        </p>
      )}
      <ul className="tp-values" aria-label={t('Values')}>
        {changed.flatMap(changeLines)}
        {same.slice(0, same.length - hidden).map(({ key, after }) => (
          <Line key={key} sign="" name={key} text={after} />
        ))}
      </ul>
      {hidden > 0 && (
        <button type="button" className="t3 s12 tp-note" onClick={() => setShowsAll(true)}>
          {comparison === 'found'
            ? t('{number} more, unchanged', { number: hidden })
            : t('{number} more', { number: hidden })}
        </button>
      )}
      {leftOutValues > 0 && (
        <p className="t3 s12 tp-note">{t('{number} more, not shown', { number: leftOutValues })}</p>
      )}
    </>
  );
}

function changeLines({ key, before, after }: TappedValue): ReactElement[] {
  return [
    ...(before === undefined ? [] : [<Line key={`${key} −`} sign="−" name={key} text={before} />]),
    ...(after === undefined ? [] : [<Line key={`${key} +`} sign="+" name={key} text={after} />]),
  ];
}

const SIGNS = { '': undefined, '−': msg('removed'), '+': msg('added') } as const;

function Line({
  sign,
  name,
  text = '',
}: {
  readonly sign: keyof typeof SIGNS;
  readonly name: string;
  readonly text: string | undefined;
}): ReactNode {
  const word = SIGNS[sign];
  return (
    <li className={sign === '' ? '' : sign === '+' ? 'added' : 'removed'}>
      <span aria-hidden="true">{sign}</span>
      <span className="cut" title={name}>
        {word !== undefined && <span className="unseen">{t(word)} </span>}
        {shortKey(name)}
      </span>
      <span className="cut" title={text}>
        {text === '' ? <span className="t3">{t('(empty)')}</span> : text}
      </span>
    </li>
  );
}

function Why({
  from,
  line,
  latest,
  before,
}: {
  readonly from: PipelineNode | undefined;
  readonly line: DrawnEdge;
  readonly latest: PipelineGraph;
  readonly before: PipelineGraph | undefined;
}): ReactNode {
  const times = selfTimes(latest, before);
  const way = wayOf(latest, line);
  return (
    <div className="tp-why bt s12">
      {from !== undefined && (
        <>
          <h3 className="t3 s11">{t('Why')}</h3>
          <p className="row">
            <span className="mono">{from.component}</span>
            <span className="t2 cut">{from.summary}</span>
            <span className="push num t2">{formatMicros(times.get(from.id)?.microsPerItem)}</span>
          </p>
        </>
      )}
      <h3 className="t3 s11">{t('On its way')}</h3>
      <ol>
        {way.map(({ node, isNext }) => (
          <li key={node.id} className={isNext ? 't3' : ''}>
            <span className="mono cut">{node.component}</span>
            <span className="t2 cut">{isNext ? `${t('next')}, ${node.summary || node.kind}` : node.summary}</span>
            <span className="num t2">{formatMicros(times.get(node.id)?.microsPerItem)}</span>
          </li>
        ))}
      </ol>
      <p className="t3 s11">{t('With the mean time in each component per item.')}</p>
    </div>
  );
}
