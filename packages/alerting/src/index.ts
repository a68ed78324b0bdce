/** Recording and alerting rules over a telemetry store, SLOs and notifications. */
export type { Alert, AlertSink, AlertState } from './alert.ts';
export { type Alerting, type AlertingOptions, createAlerting } from './create-alerting.ts';
