import assert from 'node:assert/strict';
import { formatConfigError } from '../../config/config-error.ts';
import { loadConfig } from '../../config/load.ts';
import type { ConfigSource } from '../../config/model.ts';
import { registry } from '../../registry.generated.ts';
import { createLogger } from '../../service/logging.ts';
import { createService, type Service } from '../../service/service.ts';

/** A running service with an OpAMP extension. */
export interface ManagedGateway {
  readonly service: Service;
  readonly logs: readonly Record<string, unknown>[];
  /** The local configuration, which `reload` reads again. */
  local: string;
}

/** Registers functions that run at the end of a test. */
export interface Lifetime {
  after(end: () => Promise<void>): void;
}

/** Returns a configuration with an OpAMP extension; `opamp` are its fields. */
export function managedConfig(opamp: object, { extensions = {}, exporter = {} } = {}): string {
  return JSON.stringify({
    receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0' } } } },
    processors: { batch: {} },
    exporters: {
      nop: {},
      'otlp_http/secret': { endpoint: 'http://127.0.0.1:1', headers: { 'x-key': 'hunter2' }, ...exporter },
    },
    extensions: { ...extensions, opamp },
    service: {
      extensions: [...Object.keys(extensions), 'opamp'],
      telemetry: { resource: { team: 'shop' } },
      pipelines: { traces: { receivers: ['otlp'], exporters: ['nop', 'otlp_http/secret'] } },
    },
  });
}

/** Starts a service from a configuration that can be reloaded. */
export async function startManaged(lifetime: Lifetime, text: string): Promise<ManagedGateway> {
  const logs: Record<string, unknown>[] = [];
  const logger = createLogger({ level: 'info', encoding: 'json' }, { write: (line) => logs.push(JSON.parse(line)) });
  const readConfig = (remote: readonly ConfigSource[]) =>
    loadConfig({ sources: [{ name: 'c.yaml', text: gateway.local }, ...remote], environment: {}, registry });
  const loaded = await loadConfig({ sources: [{ name: 'c.yaml', text }], environment: {}, registry });
  assert.ok(loaded.ok, loaded.errors.map(formatConfigError).join('\n'));
  const service = createService({ config: loaded.config, logger, readConfig });
  const gateway: ManagedGateway = { service, logs, local: text };
  lifetime.after(() => service.shutdown());
  await service.start();
  return gateway;
}
