/** Recording and alerting rules over a telemetry store, SLOs and notifications. */
export type { Alert, AlertSink, AlertState } from './alert.ts';
export type { AlertingClock } from './clock.ts';
export { type Alerting, type AlertingOptions, type AlertingSettings, createAlerting } from './create-alerting.ts';
export type { RunningGroup } from './engine/running-group.ts';
export { type ParsedSlos, parseSlos, type Slo } from './slo/parse-slos.ts';
export type { SloStatus } from './slo/slo-status.ts';
export type { TrialFiring } from './trial/firing-log.ts';
export type { RuleTrial } from './trial/try-rules.ts';
