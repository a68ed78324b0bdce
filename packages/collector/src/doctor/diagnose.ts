import { SIGNALS, type Signal } from '@otelier/otlp';
import type { DoctorReport, Finding } from '@otelier/query';
import type { Clock } from '@otelier/transport';
import { errorMessage } from '../component/error-message.ts';
import type { Host } from '../component/host.ts';
import type { Loaded } from '../config/load.ts';
import type { ServiceConfig } from '../config/model.ts';
import type { Check, CheckContext, LiveProcess } from './check.ts';
import { CHECKS } from './checks/all.ts';
import { listCertificates } from './checks/certificates.ts';
import { listDisks } from './checks/disk.ts';
import { listSenders, SenderSample } from './senders.ts';

/** What `diagnose` checks. */
export interface DiagnoseOptions {
  readonly config: ServiceConfig;
  /** Reads the sources of the configuration again. */
  readonly readConfig: (() => Promise<Loaded>) | undefined;
  readonly host: Host;
  readonly clock: Clock;
  /** How long counters and telemetry are observed. */
  readonly observedMillis: number;
}

/** Observes the running process for some time, then checks it. */
export async function diagnose(options: DiagnoseOptions): Promise<DoctorReport> {
  const { config, readConfig, clock, observedMillis } = options;
  const live = await observe(options);
  const loaded = await readConfig?.();
  return await runChecks({ config, diagnostics: loaded?.errors ?? [], nowMillis: clock.now(), live }, observedMillis);
}

/** Makes all checks that are possible. A check that fails does not prevent the others. */
export async function runChecks(context: CheckContext, observedMillis = 0): Promise<DoctorReport> {
  const checks = CHECKS.filter(({ isLive }) => !isLive || context.live !== undefined);
  const results = await Promise.all(checks.map((check) => runCheck(check, context)));
  const findings = results.flatMap(({ findings }) => findings);
  return {
    findings: findings.toSorted((a, b) => rank(a) - rank(b)),
    checks: checks.map(({ id }) => id),
    failedChecks: results.flatMap(({ failed }) => failed),
    observedMillis,
    certificates: listCertificates(context.config),
    disks: await listDisks(context.config, context.live).catch(() => []),
    senders: listSenders(context.live?.senders ?? []),
  };
}

async function runCheck(
  check: Check,
  context: CheckContext,
): Promise<{ findings: Finding[]; failed: { check: string; message: string }[] }> {
  try {
    const found = await check.run(context);
    return { findings: found.map((finding) => ({ check: check.id, ...finding })), failed: [] };
  } catch (error) {
    return { findings: [], failed: [{ check: check.id, message: errorMessage(error) }] };
  }
}

function rank({ severity }: Finding): number {
  return severity === 'error' ? 0 : 1;
}

/** Number of intervals between the snapshots of an observation. */
const INTERVALS = 8;

async function observe({ host, clock, observedMillis }: DiagnoseOptions): Promise<LiveProcess> {
  const sample = new SenderSample();
  const stops = (Object.keys(SIGNALS) as Signal[]).map((signal) =>
    host.subscribe({ signal }, (batch) => sample.add(batch)),
  );
  const graphs = [host.graph()];
  try {
    for (let interval = 0; interval < INTERVALS && observedMillis > 0; interval++) {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, observedMillis / INTERVALS));
      graphs.push(host.graph());
    }
  } finally {
    for (const stop of stops) stop();
  }
  return {
    graphs,
    senders: sample.senders(),
    sending: await host.senders(),
    stores: host.stores(),
    health: await host.checkHealth(),
  };
}
