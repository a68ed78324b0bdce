import type { FlameProfile } from '@otelier/query';
import { type ReactNode, useMemo, useState } from 'react';
import { FlameGraph } from '../../../charts/flame/flame-graph.tsx';
import type { FlameRange } from '../../../charts/flame/flame-source.ts';
import { useChangeSearch } from '../../../data/use-search.ts';
import { formatPercent, plural } from '../../../format/number.ts';
import { formatBytes, formatDuration } from '../../../format/quantity.ts';
import { formatClock } from '../../../format/time.ts';
import { msg, t } from '../../../locale/t.ts';
import { TokenForm } from '../../../parts/edit-token/token-form.tsx';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { Failure } from '../../../parts/failure.tsx';
import { Segmented } from '../../../parts/segmented.tsx';
import { useKeys } from '../../../shell/keys.ts';
import { OwnerTable } from './owner-table.tsx';
import './profile.css';
import { type ProfileFlames, profileFlames } from './profile-flames.ts';
import { useRecording } from './use-recording.ts';

const KINDS = [
  { value: 'cpu', label: msg('CPU') },
  { value: 'heap', label: msg('Heap') },
] as const;
const SECONDS = ['5', '10', '25'] as const;

/** Records a profile of the running process, and shows it as a flame graph by component. */
export function ProfilePane({ kind }: { readonly kind: FlameProfile['kind'] }): ReactNode {
  const change = useChangeSearch();
  const [seconds, setSeconds] = useState<(typeof SECONDS)[number]>('10');
  const { isRunning, profile, failure, token, record } = useRecording(kind, Number(seconds));
  useKeys(t('View'), [
    { press: 'p', does: t('record a profile'), hint: t('record a profile'), run: () => !isRunning && record() },
    { press: 'Escape', does: t('close the profile'), hint: t('close'), run: () => change({ tab: undefined }) },
  ]);
  return (
    <section className="pane he-profile" aria-label={t('Profile')}>
      <div className="head bb">
        <h2>{t('Profile')}</h2>
        <Segmented
          label={t('What is recorded')}
          value={kind}
          options={KINDS.map(({ value, label }) => ({ value, label: t(label) }))}
          onChange={(tab) => change({ tab }, 'replace')}
        />
        <Segmented
          label={t('Duration')}
          value={seconds}
          options={SECONDS.map((value) => ({ value, label: `${value} s` }))}
          onChange={setSeconds}
        />
        <span className="note cut" role="status">
          {isRunning ? t('recording for {seconds} s', { seconds }) : profile !== undefined && summaryOf(profile)}
        </span>
        <span className="push row">
          <button type="button" className="btn small primary" disabled={isRunning} onClick={() => record()}>
            {profile === undefined ? t('Record a profile') : t('Record again')}
            <kbd>P</kbd>
          </button>
          <button type="button" className="btn small" onClick={() => change({ tab: undefined })}>
            {t('Close')}
            <kbd>Esc</kbd>
          </button>
        </span>
      </div>
      {token !== 'given' && <TokenForm isWrong={token === 'wrong'} onToken={record} />}
      {failure !== undefined && <Failure failure={failure} retry={() => record()} tight />}
      {profile !== undefined && <Recorded key={`${profile.kind} ${profile.startedMillis}`} profile={profile} />}
      {profile === undefined && failure === undefined && (
        <EmptyState tight title={isRunning ? t('Recording') : t('No profile yet')}>
          <p>
            {kind === 'cpu'
              ? t('Samples what all threads of the gateway do, a thousand times a second. It keeps working meanwhile.')
              : t('Samples what all threads of the gateway allocate, and shows what is still in use at the end.')}
          </p>
        </EmptyState>
      )}
    </section>
  );
}

function Recorded({ profile }: { readonly profile: FlameProfile }): ReactNode {
  const flames = useMemo(() => profileFlames(profile), [profile]);
  const [range, setRange] = useState<FlameRange | undefined>(undefined);
  const [selected, setSelected] = useState(-1);
  const [owner, setOwner] = useState<string | undefined>(undefined);
  const format = formatOf(profile);
  const describe = (index: number): string =>
    `${flames.label(index)}, ${format(flames.lasts(index))}, ${flames.ownerAt(index)?.name ?? ''}`;
  if (flames.length === 0) {
    return (
      <EmptyState tight title={t('Nothing was sampled')}>
        <p>{t('The process was idle. Record for longer, or while it receives telemetry.')}</p>
      </EmptyState>
    );
  }
  return (
    <div className="he-recorded">
      <OwnerTable flames={flames} total={profile.total} format={format} chosen={owner} onChoose={setOwner} />
      <div className="he-flames bl">
        <FlameGraph
          label={t('Functions as a flame graph')}
          scope={t('Profile')}
          zoomHint={t('zoom to the function')}
          source={flames}
          range={range ?? { from: 0, to: flames.end }}
          selected={selected}
          found={flames.owners.find(({ name }) => name === owner)?.frames}
          tip={(index) => <FrameText flames={flames} index={index} total={profile.total} format={format} />}
          describe={describe}
          onSelect={setSelected}
          onRange={setRange}
        />
        <div className="he-frame bt s12">
          {selected >= 0 ? (
            <FrameText flames={flames} index={selected} total={profile.total} format={format} />
          ) : (
            <p className="t2">{t('Functions are below what called them. Double click zooms to one.')}</p>
          )}
        </div>
      </div>
    </div>
  );
}

function FrameText({
  flames,
  index,
  total,
  format,
}: {
  readonly flames: ProfileFlames;
  readonly index: number;
  readonly total: number;
  readonly format: (value: number) => string;
}): ReactNode {
  const place = flames.functionAt(index);
  if (place === undefined) return null;
  const value = flames.lasts(index);
  return (
    <>
      <div className="mono med cut">{place.name}</div>
      {place.file !== '' && (
        <div className="mono t2 cut" title={`${place.file}:${place.line}`}>
          {place.file}:{place.line}
        </div>
      )}
      <div className="t2">
        {t('{value}, own {own}, {share} %', {
          value: format(value),
          own: format(flames.own(index)),
          share: formatPercent(value / Math.max(1, total), 1),
        })}
        {flames.parent(index) >= 0 && `, ${flames.ownerAt(index)?.name ?? ''}`}
      </div>
    </>
  );
}

function formatOf({ unit }: FlameProfile): (value: number) => string {
  return unit === 'bytes' ? formatBytes : formatDuration;
}

function summaryOf(profile: FlameProfile): string {
  const { total, durationMillis, startedMillis, omittedFrames, missingThreads, unit } = profile;
  const seconds = formatDuration(durationMillis * 1e6);
  const parts = [
    unit === 'bytes'
      ? t('{size} allocated in {seconds} and in use', { size: formatBytes(total), seconds })
      : t('{time} of CPU time in {seconds}', { time: formatDuration(total), seconds }),
    formatClock(startedMillis),
    ...(omittedFrames > 0 ? [t('without {what}', { what: plural(omittedFrames, 'small function') })] : []),
    ...(missingThreads.length > 0 ? [t('without {what}', { what: missingThreads.join(', ') })] : []),
  ];
  return parts.join(', ');
}
