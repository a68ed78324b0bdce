import type { Span } from '@otelier/query';
import type { ReactNode } from 'react';
import { t } from '../../../locale/t.ts';

/** The error of a span: its exceptions with type, message and stack trace, or its status message. */
export function SpanException({ span }: { readonly span: Span }): ReactNode {
  const exceptions = span.events.filter((event) => event.name === 'exception');
  if (exceptions.length === 0) {
    if (span.statusCode !== 'ERROR') return null;
    return (
      <div className="tr-exc">
        <div>{span.statusMessage ?? t('The span ended with the status error, without a message.')}</div>
      </div>
    );
  }
  return exceptions.map((event) => {
    const stack = String(event.attributes['exception.stacktrace'] ?? '');
    const frames = stack.split('\n').filter((line) => /^\s+(at |File )/.test(line));
    return (
      <div key={event.timeNanos} className="tr-exc">
        <div className="mono err strong">{String(event.attributes['exception.type'] ?? 'exception')}</div>
        <div>{String(event.attributes['exception.message'] ?? '')}</div>
        {stack !== '' && (
          <details>
            <summary className="mono t2 cut s11">{(frames[0] ?? t('Stack')).trim()}</summary>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable regions must be keyboard-focusable */}
            <pre className="mono s11" tabIndex={0}>
              {stack}
            </pre>
          </details>
        )}
      </div>
    );
  });
}
