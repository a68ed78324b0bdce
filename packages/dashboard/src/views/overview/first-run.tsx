import type { ReactNode } from 'react';
import { usePipeline } from '../../data/pipeline/pipeline-stream.ts';
import { useStatus } from '../../data/use-status.ts';
import { formatCount } from '../../format/number.ts';
import { formatWait } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { Code } from '../../parts/code.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { useClock } from '../../time/clock.ts';
import { Arrivals } from './arrivals.tsx';
import './first-run.css';
import { Languages } from './languages.tsx';
import { RejectedRequests } from './rejected-requests.tsx';
import { snippets, urlOf } from './snippets.ts';

const PROTOCOL_NAMES = {
  grpc: 'OTLP / gRPC',
  http: 'OTLP / HTTP',
  websocket: 'WebSocket',
  udp: 'UDP',
  tcp: 'TCP',
} as const;
const RUN = 'npx otelier run -- node app.js';
const DEMO = 'npx otelier --demo';

/** The view shown before any telemetry has arrived: how to send some, and what the gateway is receiving. */
export function FirstRun(): ReactNode {
  const endpoints = useStatus().data?.endpoints ?? [];
  const urls = (protocol: 'grpc' | 'http', fallback: string): string => {
    const endpoint = endpoints.find((one) => one.protocol === protocol);
    return endpoint === undefined ? fallback : urlOf(endpoint.address, location.hostname);
  };
  return (
    <div className="fr">
      <section className="fr-hero br scroll" aria-labelledby="first-run">
        <h2 id="first-run">{t('Listening. Nothing has arrived yet.')}</h2>
        <p>
          {t(
            'Send traces, metrics or logs to otelier and this page updates automatically. Everything stays on this computer.',
          )}
        </p>
        <ol>
          <Step
            number={1}
            title={t('Start your app through otelier')}
            why={t(
              'Sets the endpoint and loads instrumentation for Node and Python where it is installed. Your code does not change.',
            )}
          >
            <div className="fr-code one">
              <Code text={RUN} />
              <span className="fr-copy">
                <CopyButton text={RUN} label={t('Copy the command')} />
              </span>
            </div>
          </Step>
          <Step
            number={2}
            title={t('Or send to these addresses')}
            why={t('Any OpenTelemetry SDK, agent or Collector works. Pick a language.')}
          >
            <Languages
              snippets={snippets({
                grpc: urls('grpc', 'http://127.0.0.1:4317'),
                http: urls('http', 'http://127.0.0.1:4318'),
              })}
            />
          </Step>
          <Step
            number={3}
            title={t('Or try the demo')}
            why={t(
              'A simulated shop of seven services with errors, slow routes, logs and metrics. Stop this one first: it listens on the same ports.',
            )}
          >
            <div className="fr-code one">
              <Code text={DEMO} />
              <span className="fr-copy">
                <CopyButton text={DEMO} label={t('Copy the demo command')} />
              </span>
            </div>
          </Step>
        </ol>
      </section>
      <GatewayStatus />
      <Arrivals />
    </div>
  );
}

function Step({
  number,
  title,
  why,
  children,
}: {
  readonly number: number;
  readonly title: string;
  readonly why: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <li className="fr-step">
      <span className="n" aria-hidden="true">
        {number}
      </span>
      <div>
        <h3>{title}</h3>
        <p className="why">{why}</p>
        {children}
      </div>
    </li>
  );
}

function GatewayStatus(): ReactNode {
  const status = useStatus().data;
  const { latest } = usePipeline();
  const now = useClock(1000, true);
  const refused =
    (latest?.admission.refusedRequests ?? 0) +
    (latest?.edges.reduce((total, edge) => total + edge.refusedItems, 0) ?? 0);
  return (
    <aside className="fr-side" aria-label={t('Status')}>
      <h3>{t('Endpoints')}</h3>
      <ul>
        {(status?.endpoints ?? []).map((endpoint) => {
          const url = urlOf(endpoint.address, location.hostname);
          return (
            <li key={`${endpoint.protocol} ${endpoint.address}`} className="fr-endpoint">
              <span className="t2">{PROTOCOL_NAMES[endpoint.protocol]}</span>
              <span className="mono cut">{url}</span>
              <CopyButton text={url} label={t('Copy {url}', { url })} />
            </li>
          );
        })}
      </ul>
      <h3>{t('Status')}</h3>
      <ul>
        <StatusItem
          good={status?.accepting}
          text={t('Ports are open')}
          note={
            status === undefined
              ? ''
              : t('{shown} of {count}', {
                  shown: status.endpoints.length,
                  count: status.endpoints.length,
                })
          }
        />
        <StatusItem
          good={status?.store !== undefined}
          text={
            status !== undefined && status.store === undefined
              ? t('No store is configured: telemetry is not kept')
              : t('Store is writable')
          }
          note=""
        />
        {refused > 0 && (
          <StatusItem
            good={false}
            text={t('{count} rejected by the memory limit or a component', { count: formatCount(refused) })}
            note=""
          />
        )}
        <RejectedRequests graph={latest} nowMillis={now} />
        <li className="fr-sight">
          <i className="dot hollow" />
          <span>{t('First span, point or log record')}</span>
          <span className="t3">
            {status === undefined
              ? t('waiting')
              : t('waiting, {time}', { time: formatWait(now - status.startedMillis) })}
          </span>
        </li>
      </ul>
    </aside>
  );
}

function StatusItem({
  good,
  text,
  note,
}: {
  readonly good: boolean | undefined;
  readonly text: string;
  readonly note: string;
}): ReactNode {
  if (good === undefined) return null;
  return (
    <li className="fr-sight">
      <span className={good ? 'ok' : 'warn'}>
        <Icon name={good ? 'check' : 'warn'} size={14} />
      </span>
      <span className={good ? '' : 'med'}>{text}</span>
      <span className="t3">{note}</span>
    </li>
  );
}
