import type { JsonAttributes, Span } from '@otelier/query';
import type { ReactNode } from 'react';
import { formatOffset } from '../../../format/quantity.ts';
import { nanosBetween } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { Section } from '../../../parts/section.tsx';

/** The events of a span by time since its start. */
export function SpanEvents({ span }: { readonly span: Span }): ReactNode {
  if (span.events.length === 0) return null;
  return (
    <Section title={t('Events')} count={span.events.length}>
      {span.events.map((event, index) => (
        <div key={`${event.timeNanos} ${String(index)}`} className="tr-line">
          <span className="o">{formatOffset(nanosBetween(span.startNanos, event.timeNanos))}</span>
          <i className={`wf-event inline ${event.name === 'exception' ? 'x' : ''}`} />
          <span className="cut" title={words(event.attributes)}>
            {event.name} <span className="t3">{words(event.attributes)}</span>
          </span>
        </div>
      ))}
    </Section>
  );
}

function words(attributes: JsonAttributes): string {
  const type = attributes['exception.type'];
  if (type !== undefined) return String(type);
  return Object.entries(attributes)
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' ');
}
