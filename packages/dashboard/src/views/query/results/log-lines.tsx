import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useRef } from 'react';
import { timeOf } from '../../../data/search.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { formatMillis, millisOf } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { SeverityLetter } from '../../../parts/severity.tsx';
import type { LogEntry } from '../../../query/result.ts';

const ROW = 24;
const MAX_LINE = 2000;

/** Log entries that a query found, newest first. */
export function LogLines({ entries }: { readonly entries: readonly LogEntry[] }): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const time = timeOf(usePageSearch());
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  return (
    <ScrollRegion scrollRef={box} label={t('Log entries')}>
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const entry = entries[index];
          if (entry === undefined) return null;
          const { labels } = entry;
          const service = labels['service_name'] ?? '';
          const traceId = labels['trace_id'];
          return (
            <div key={index} className="qu-line" style={{ top: start }} title={titleOf(labels)}>
              <span className="t3">{formatMillis(millisOf(entry.timeNanos))}</span>
              <SeverityLetter number={Number(labels['severity_number'] ?? 0)} />
              <span className="sv">
                <ServiceMark service={service} />
                <span className="cut">{service}</span>
              </span>
              <span className="body">{entry.line.slice(0, MAX_LINE).replaceAll('\n', ' ⏎ ')}</span>
              {traceId !== undefined && (
                <Link to="/traces" search={{ ...time, trace: traceId, span: labels['span_id'] }} className="row t3">
                  <Icon name="traces" size={12} />
                  <span className="unseen">{t('Open trace')} </span>
                  {traceId.slice(0, 6)}
                </Link>
              )}
            </div>
          );
        })}
      </div>
    </ScrollRegion>
  );
}

function titleOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .slice(0, 40)
    .map(([key, value]) => `${key}=${value.slice(0, 200)}`)
    .join('\n');
}
