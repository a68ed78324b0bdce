import type { ErrorCause } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { timeOf } from '../../../data/search.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { formatCount, formatRate, plural } from '../../../format/number.ts';
import { formatClock, formatMinute, millisOf } from '../../../format/time.ts';
import { rich, t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import { ServiceLink } from '../../../parts/links/service-link.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { usePageWindow } from '../../../time/page-window.tsx';
import { type Aside, type AsideState, type CauseState, newVersions } from '../aside/aside.ts';
import { AsideButton } from '../aside/aside-button.tsx';
import { CauseMessage, versionsText } from '../cause-parts.tsx';
import { sinceText } from '../cause-row.tsx';
import { isHandled } from '../use-causes.ts';
import { CauseLogs } from './cause-logs.tsx';
import { CauseStack } from './cause-stack.tsx';
import { CauseTraces } from './cause-traces.tsx';
import { CauseValues } from './cause-values.tsx';
import { tracesOf } from './traces-of.ts';

/** What is known of a cause. */
export function CausePanel({
  cause,
  isNew,
  state,
  aside,
  onAside,
  traceId,
  onTrace,
}: {
  readonly cause: ErrorCause;
  readonly isNew: boolean;
  readonly state: CauseState;
  readonly aside: Aside | undefined;
  readonly onAside: (state: AsideState | undefined) => Promise<void>;
  readonly traceId: string | undefined;
  readonly onTrace: (traceId: string) => void;
}): ReactNode {
  const time = timeOf(usePageSearch());
  const sample = cause.samples.find((one) => one.traceId === traceId) ?? cause.samples[0];
  const { where } = tracesOf(cause);
  return (
    <aside className="pane er-panel scroll" aria-label={t('Cause {type}', { type: cause.type })}>
      <div className="er-title">
        <h2 className="mono err cut">
          <bdi>{cause.type}</bdi>
        </h2>
        {isNew && (
          <span className="tag warn">
            {t('new since {time}', { time: formatMinute(millisOf(cause.firstSeenNanos)) })}
          </span>
        )}
        {aside !== undefined && <AsideTag cause={cause} aside={aside} state={state} />}
        {isHandled(cause) && <span className="tag">{t('handled')}</span>}
        <span className="push row">
          <Link to="/traces" search={{ ...time, compare: 'groups', select: where }} className="btn small">
            <Icon name="compare" />
            {t('Compare')}
          </Link>
          <AsideButton cause={cause} aside={aside} isAside={state === 'aside'} onSet={onAside} />
          <ServiceLink service={cause.service} className="btn small">
            {t('Service')}
          </ServiceLink>
        </span>
      </div>
      <p className="er-says">
        <CauseMessage message={cause.message} />
        {cause.messages > 1 && (
          <span className="t3 s12"> {t('and {things}', { things: plural(cause.messages - 1, 'other message') })}</span>
        )}
      </p>
      <Facts cause={cause} />
      <h3 className="er-sub bt">
        {rich('Path {note}', {
          note: <span className="t3">{t('from where it began to the request that failed')}</span>,
        })}
        {cause.paths > 1 && (
          <span className="push t3">{t('one of {paths}', { paths: plural(cause.paths, 'path') })}</span>
        )}
      </h3>
      <ol className="er-boxes">
        {cause.path.map(({ service, isPeer, type, spanName, count }, index) => (
          <li key={index} className={isPeer ? 'peer' : ''}>
            <span className="row med">
              <ServiceMark service={service} hollow={isPeer} />
              {isPeer ? (
                <bdi className="cut">{service}</bdi>
              ) : (
                <ServiceLink service={service} className="cut plain">
                  <bdi>{service}</bdi>
                </ServiceLink>
              )}
            </span>
            <bdi className="mono s11 cut">{isPeer ? spanName : type}</bdi>
            <span className="err s12">
              {formatCount(count)}
              {isPeer && <span className="u">{t('calls')}</span>}
            </span>
          </li>
        ))}
      </ol>
      {sample !== undefined && <CauseStack sample={sample} service={cause.service} />}
      <CauseValues cause={cause} />
      <div className="er-two bt">
        <CauseTraces cause={cause} selected={sample?.traceId} onSelect={onTrace} />
        {sample !== undefined && sample.traceId !== '' && <CauseLogs sample={sample} />}
      </div>
    </aside>
  );
}

/** Says how a cause was set aside, and in which version it occurred again. */
function AsideTag({
  cause,
  aside,
  state,
}: {
  readonly cause: ErrorCause;
  readonly aside: Aside;
  readonly state: CauseState;
}): ReactNode {
  const { nowMillis } = usePageWindow();
  const time = sinceText(aside.atMillis, nowMillis);
  if (state === 'regressed') {
    const versions = newVersions(cause, aside);
    return (
      <span className="tag err">
        {versions.length > 0
          ? t('regressed in {version}', { version: versions.at(-1) ?? '' })
          : t('regressed, set aside {time}', { time })}
      </span>
    );
  }
  return (
    <span className="tag">
      {aside.state === 'ignored' ? t('ignored {time}', { time }) : t('resolved {time}', { time })}
    </span>
  );
}

function Facts({ cause }: { readonly cause: ErrorCause }): ReactNode {
  const time = timeOf(usePageSearch());
  const { startMillis, endMillis, nowMillis } = usePageWindow();
  const first = millisOf(cause.firstSeenNanos);
  const from = Math.max(first, startMillis);
  const seconds = Math.max(1, (Math.min(endMillis, nowMillis) - from) / 1000);
  const isBefore = first < startMillis;
  const [version] = cause.versions;
  return (
    <p className="er-facts">
      <Link to="/traces" search={{ ...time, ...tracesOf(cause) }}>
        <Counted text={plural(cause.count, 'time')} />
      </Link>
      <span>
        <Counted text={plural(cause.users, 'user')} />
      </span>
      <span>
        {rich('first {time}', { time: <b>{isBefore ? sinceText(first, nowMillis) : formatClock(first)}</b> })}
      </span>
      <span>{rich('last {time}', { time: <b>{formatClock(millisOf(cause.lastSeenNanos))}</b> })}</span>
      <span>
        <b>{formatRate(cause.count / seconds)}</b> /s
      </span>
      {cause.attempts > cause.count && (
        <span>{rich('{count} failed calls', { count: <b>{formatCount(cause.attempts)}</b> })}</span>
      )}
      {version !== undefined && (
        <span>
          {cause.versions.length === 1 && t('only ')}
          <b className="mono">{versionsText(cause.versions)}</b>
        </span>
      )}
    </p>
  );
}

/** A count with its noun, of which the number stands out. */
function Counted({ text }: { readonly text: string }): ReactNode {
  return text.split(/([\d.,]+)/).map((part, index) => (index % 2 === 0 ? part : <b key={index}>{part}</b>));
}
