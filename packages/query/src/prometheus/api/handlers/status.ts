import { buildInfoOf } from '../../../api/build-info.ts';
import type { PrometheusHandler } from '../context.ts';
import { PrometheusProblem } from '../problem.ts';

/** The version of Prometheus whose API and query language this is. */
const VERSION = '3.15.1';

/** `status/buildinfo`: tools such as Grafana decide by the version which features to use. */
export const buildInfo: PrometheusHandler = () => buildInfoOf(VERSION);

export const runtimeInfo: PrometheusHandler = ({ nowMillis }) => ({
  startTime: new Date(nowMillis()).toISOString(),
  CWD: '',
  hostname: '',
  serverTime: new Date(nowMillis()).toISOString(),
  reloadConfigSuccess: true,
  lastConfigTime: new Date(0).toISOString(),
  corruptionCount: 0,
  goroutineCount: 0,
  GOMAXPROCS: 1,
  GOMEMLIMIT: 0,
  GOGC: '',
  GODEBUG: '',
  storageRetention: '',
});

/** `status/config`: there is no configuration of a Prometheus server. */
export const config: PrometheusHandler = () => ({ yaml: '' });
export const flags: PrometheusHandler = () => ({});
export const blocks: PrometheusHandler = () => ({ blocks: [] });
export const walReplay: PrometheusHandler = () => ({ min: 0, max: 0, current: 0 });

/** `features`: what clients may use. */
export const features: PrometheusHandler = () => ({
  api: {
    admin: false,
    exclude_alerts: true,
    label_values_match: true,
    lifecycle: false,
    otlp_write_receiver: false,
    query_stats: false,
    query_warnings: true,
    remote_write_receiver: true,
    search: false,
    time_range_labels: true,
    time_range_series: true,
  },
});

/** Nothing is scraped, so that this list is empty. */
export const targets: PrometheusHandler = ({ parameters }) => ({
  activeTargets: [],
  droppedTargets: [],
  droppedTargetCounts: parameters.get('state') === 'active' ? null : {},
});
export const alertmanagers: PrometheusHandler = () => ({ activeAlertmanagers: [], droppedAlertmanagers: [] });
export const noEntries: PrometheusHandler = () => [];
/** There are no scrape pools to describe. */
export const ofScrapePool: PrometheusHandler = ({ parameters }) => {
  const pool = parameters.get('scrapePool') ?? '';
  throw pool === ''
    ? new PrometheusProblem('bad_data', 'no scrapePool parameter provided')
    : new PrometheusProblem('not_found', `scrape pool ${JSON.stringify(pool)} not found`);
};
