import assert from 'node:assert/strict';
import type { DoctorReport } from '@otelier/query';
import { pino } from 'pino';
import { formatConfigError } from '../config/config-error.ts';
import { type Loaded, loadConfig } from '../config/load.ts';
import { registry } from '../registry.generated.ts';
import { createService, type Service } from '../service/service.ts';

/** A running process, and how to send to it. */
export interface Running {
  readonly service: Service;
  /** Sends OTLP/JSON to its HTTP receiver and returns the status of the response. */
  send(path: string, request: object): Promise<number>;
  diagnose(observedMillis?: number): Promise<DoctorReport>;
}

/** Loads a configuration. */
export async function load(text: string): Promise<Loaded> {
  return await loadConfig({ sources: [{ name: 'otelier.yaml', text }], environment: {}, registry });
}

/** Runs a service with a configuration. */
export async function withService(
  text: string,
  run: (running: Running) => Promise<void>,
  readConfig: () => Promise<Loaded> = () => load(text),
): Promise<void> {
  const loaded = await load(text);
  assert.ok(loaded.ok, loaded.errors.map(formatConfigError).join('\n'));
  const service = createService({ config: loaded.config, readConfig, logger: pino({ enabled: false }) });
  await service.start();
  const http = service.host.endpoints().find(({ protocol }) => protocol === 'http');
  try {
    await run({
      service,
      async send(path, request) {
        const response = await fetch(`http://${http?.address}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(request),
        });
        await response.arrayBuffer();
        return response.status;
      },
      async diagnose(observedMillis = 0) {
        const report = await service.host.diagnose?.(observedMillis);
        assert.ok(report);
        assert.deepEqual(report.failedChecks, []);
        return report;
      },
    });
  } finally {
    await service.drain(0);
    await service.shutdown();
  }
}

/** Returns the findings of a check, as text. */
export function findingsOf(report: DoctorReport, check: string): string[] {
  return report.findings
    .filter((finding) => finding.check === check)
    .map(({ severity, subject, message }) => `${severity} ${subject}: ${message}`);
}

/** Returns a configuration with an HTTP receiver and one exporter. */
export function configOf(exporter: string, more = ''): string {
  return `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
exporters: ${exporter}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [out]}
    metrics: {receivers: [otlp], exporters: [out]}
${more}`.replaceAll('[out]', `[${/\{(\w+(?:\/\w+)?):/.exec(exporter)?.[1]}]`);
}

/** Returns a request with a span that ends at a time. */
export function spanAt(
  endMillis: number,
  resource: Readonly<Record<string, string>>,
  traceId = '1'.repeat(32),
): object {
  const attributes = Object.entries(resource).map(([key, value]) => ({ key, value: { stringValue: value } }));
  const nanos = `${Math.round(endMillis)}000000`;
  const span = { traceId, spanId: '1'.repeat(16), name: 'a', startTimeUnixNano: nanos, endTimeUnixNano: nanos };
  return { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }] };
}
