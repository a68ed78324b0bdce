import type { JsonAttributes, Span } from '@otelier/query';
import type { ReactNode } from 'react';
import { formatOffset } from '../../../format/quantity.ts';
import { nanosBetween } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { isSealedText } from '../../../parts/sealed/sealed-text.ts';
import { SealedValue } from '../../../parts/sealed/sealed-value.tsx';
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
          {Object.entries(event.attributes).map(([key, value]) =>
            isSealedText(value) ? (
              <span key={key} className="tr-sealed">
                <span className="t3">{key}</span> <SealedValue text={value} />
              </span>
            ) : null,
          )}
        </div>
      ))}
    </Section>
  );
}

function words(attributes: JsonAttributes): string {
  const type = attributes['exception.type'];
  if (type !== undefined) return String(type);
  return Object.entries(attributes)
    .filter(([, value]) => !isSealedText(value))
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' ');
}
