import type { RedactionPreview } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { useApiQuery } from '../../data/use-api-query.ts';
import { t } from '../../locale/t.ts';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import type { PaneProps } from './admin-data.ts';
import { MoreRows } from './more-rows.tsx';

const SIGNALS = ['logs', 'traces'] as const;
const ITEMS = 1000;

/** Sensitive values in the newest items that the processor `redaction` would mask, by kind, with examples before and after. */
export function RedactionPane({ maxRows, onMore }: PaneProps): ReactNode {
  const [signal, setSignal] = useState<(typeof SIGNALS)[number]>('logs');
  const [kind, setKind] = useState<string | undefined>();
  const result = useApiQuery<RedactionPreview>({
    path: '/redaction/preview',
    params: { signal, limit: String(ITEMS), method: 'keep_last_4' },
    staleMillis: 0,
  });
  const preview = result.data;
  const kinds = (preview?.kinds ?? []).filter(({ values }) => values > 0);
  const examples = (preview?.examples ?? []).filter((example) => kind === undefined || example.kind === kind);
  return (
    <Pane title={t('Redaction')} note={t('preview on live data, nothing is changed')} className="ad-pane">
      <div className="ad-redact">
        {SIGNALS.map((name) => (
          <button
            key={name}
            type="button"
            className="btn small"
            aria-pressed={signal === name}
            onClick={() => setSignal(name)}
          >
            {name === 'logs' ? t('Logs') : t('Traces')}
          </button>
        ))}
        <button type="button" className="btn small bare push" onClick={result.retry}>
          {t('Search again')}
        </button>
      </div>
      <QueryResult result={result} tight>
        {({ items }) => (
          <>
            <table aria-label={t('Sensitive values')}>
              <tbody>
                {kinds.slice(0, maxRows).map(({ name, group, values, items: within }) => (
                  <tr key={name}>
                    <td>
                      <button
                        type="button"
                        className="ad-name cut"
                        aria-pressed={kind === name}
                        onClick={() => setKind(kind === name ? undefined : name)}
                      >
                        {name}
                      </button>
                    </td>
                    <td className="t2">{group}</td>
                    <td className="num">{values}</td>
                    <td className="num t2">{t('in {count} items', { count: within })}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            <MoreRows count={kinds.length - maxRows} onMore={onMore} />
            <p className="t3 s11 ad-note">
              {kinds.length === 0
                ? t('The newest {count} items have no values of the catalog.', { count: items })
                : t(
                    'The newest {count} items. Add the processor redaction to mask these values before they are stored.',
                    { count: items },
                  )}
            </p>
            <ul aria-label={t('Before and after')} className="ad-examples">
              {examples.slice(0, maxRows).map((example, index) => (
                <ExampleRow key={`${index} ${example.value}`} example={example} />
              ))}
            </ul>
          </>
        )}
      </QueryResult>
    </Pane>
  );
}

function ExampleRow({ example }: { readonly example: RedactionPreview['examples'][number] }): ReactNode {
  const { kind, service, place, before, value, after, masked } = example;
  return (
    <li>
      <span className="t3 s11 cut">
        <bdi>{service}</bdi> · <bdi>{place}</bdi> · {kind}
      </span>
      <span className="mono s12 ad-text">
        <bdi>{before}</bdi>
        <mark>
          <bdi>{value}</bdi>
        </mark>
        <bdi>{after}</bdi>
      </span>
      <span className="mono s12 ad-text t2">
        <span className="unseen">{t('after')}: </span>
        <bdi>{before}</bdi>
        <ins>
          <bdi>{masked === '' ? t('removed') : masked}</bdi>
        </ins>
        <bdi>{after}</bdi>
      </span>
    </li>
  );
}
