import type { PrometheusHandler } from '../context.ts';

/** The version of Prometheus whose API and query language this is. */
const VERSION = '3.15.1';

/** `status/buildinfo`: tools such as Grafana decide by the version which features to use. */
export const buildInfo: PrometheusHandler = () => ({
  version: VERSION,
  revision: 'otelier',
  branch: '',
  buildUser: '',
  buildDate: '',
  goVersion: '',
});

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

export const tsdb: PrometheusHandler = async ({ store }) => {
  const { signals, oldest } = await store().stats();
  const rows = signals['metrics'];
  return {
    headStats: {
      numSeries: 0,
      numLabelPairs: 0,
      chunkCount: rows?.files ?? 0,
      minTime: oldest === undefined ? 0 : Number(oldest / 1_000_000n),
      maxTime: 0,
    },
    seriesCountByMetricName: [],
    labelValueCountByLabelName: [],
    memoryInBytesByLabelName: [],
    seriesCountByLabelValuePair: [],
  };
};

/** Nothing is scraped and no rules are evaluated, so that these lists are empty. */
export const targets: PrometheusHandler = () => ({ activeTargets: [], droppedTargets: [], droppedTargetCounts: {} });
export const rules: PrometheusHandler = () => ({ groups: [] });
export const alerts: PrometheusHandler = () => ({ alerts: [] });
export const alertmanagers: PrometheusHandler = () => ({ activeAlertmanagers: [], droppedAlertmanagers: [] });
export const noEntries: PrometheusHandler = () => [];
