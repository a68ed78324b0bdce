import type { ErrorCause } from '@otelier/query';
import { type ReactNode, useMemo, useState } from 'react';
import { plural } from '../../../format/number.ts';
import { rich, t } from '../../../locale/t.ts';
import { Failure } from '../../../parts/failure.tsx';
import { Icon } from '../../../parts/icon.tsx';
import { useKeys } from '../../../shell/keys.ts';
import { foldFrames } from '../stack/fold-frames.ts';
import { parseStack, type StackLine } from '../stack/parse-stack.ts';
import { useThrown } from './use-thrown.ts';

/** Number of characters of a stack trace that are shown. */
const MAX_RAW = 100_000;

/** The stack trace of an occurrence, with frames of libraries folded. */
export function CauseStack({
  sample,
  service,
}: {
  readonly sample: ErrorCause['samples'][number];
  readonly service: string;
}): ReactNode {
  const [isRaw, setRaw] = useState(false);
  const result = useThrown(sample, service);
  const stack = (result.data?.stack ?? '').slice(0, MAX_RAW);
  const parts = useMemo(() => foldFrames(parseStack(stack)), [stack]);
  useKeys(
    t('View'),
    stack === '' ? [] : [{ press: 'r', does: t('show the stack trace as recorded'), run: () => setRaw(!isRaw) }],
  );
  if (result.failure !== undefined) return <Failure failure={result.failure} retry={result.retry} tight />;
  const version = result.data?.version;
  return (
    <section aria-label={t('Stack trace')} className="bt">
      <h3 className="er-sub">
        {t('Stack trace')}{' '}
        <span className="t3 cut">
          <bdi>{service}</bdi> {version}
        </span>
        {stack !== '' && (
          <button type="button" className="btn small bare push" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
            {t('Raw')}
            <kbd>R</kbd>
          </button>
        )}
      </h3>
      {result.data !== undefined && stack === '' && (
        <p className="er-none t3">
          {result.data.isStored ? t('No stack trace was recorded.') : t('It is not stored any more.')}
        </p>
      )}
      {stack !== '' && isRaw && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable regions must be keyboard-focusable
        <pre className="code er-raw" tabIndex={0}>
          {stack}
        </pre>
      )}
      {stack !== '' && !isRaw && (
        <ol className="er-frames mono">
          {parts.map((part, index) =>
            part.kind === 'line' ? (
              <Line key={index} line={part.line} />
            ) : (
              <li key={index}>
                <details>
                  <summary className="t3">
                    <Icon name="right" size={10} />
                    {rich('{frames} in {libraries}', {
                      frames: plural(part.lines.length, 'frame'),
                      libraries: <bdi className="cut">{part.libraries.join(', ')}</bdi>,
                    })}
                  </summary>
                  <ol>
                    {part.lines.map((line, at) => (
                      <Line key={at} line={line} isLibrary />
                    ))}
                  </ol>
                </details>
              </li>
            ),
          )}
        </ol>
      )}
    </section>
  );
}

function Line({ line, isLibrary = false }: { readonly line: StackLine; readonly isLibrary?: boolean }): ReactNode {
  if (line.kind === 'text')
    return (
      <li className="er-text t2">
        <bdi>{line.text}</bdi>
      </li>
    );
  return (
    <li className={`er-frame ${isLibrary ? 't3' : ''}`}>
      <bdi className="cut">{line.name === '' ? t('anonymous') : line.name}</bdi>
      <bdi className="cut t3" title={line.place}>
        {line.place}
      </bdi>
    </li>
  );
}
