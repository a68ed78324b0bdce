import { parseEndpoint } from '@otelier/transport/endpoint';
import type { ListenAddress } from '../../component/define.ts';
import type { Diagnostic } from '../../config/config-error.ts';
import { loadConfig } from '../../config/load.ts';
import type { ConfiguredComponent, ServiceConfig } from '../../config/model.ts';
import type { Registry } from '../../config/registry.ts';
import type { Collector, ServicePort, WrittenConfig } from './model.ts';
import { type PermissionRule, permissionsOf } from './permissions.ts';

/** What the operator needs to know of a valid configuration. */
export interface CheckedConfiguration {
  /** The file that the pods read. */
  readonly text: string;
  /** Ports of the receivers. */
  readonly ports: readonly ServicePort[];
  readonly permissions: readonly PermissionRule[];
}

/** The result of a check: the configuration, or its errors as a text. */
export type Checked =
  | { readonly ok: true; readonly value: CheckedConfiguration }
  | { readonly ok: false; readonly errors: string };

/** The port of the health check that probes use. */
export const HEALTH_PORT = 13133;

const HEALTH_CHECK = 'health_check_v2/operator';
const POD_VARIABLES = ['K8S_NODE_NAME', 'K8S_NODE_IP', 'K8S_POD_NAME', 'K8S_POD_IP', 'K8S_NAMESPACE'];
const MAX_ERRORS = 10;

/**
 * Checks a configuration as `otelier validate` does, without reading files, which only exist in the pods, and without
 * loading modules. Adds the health check that probes use.
 */
export async function checkConfiguration(
  written: WrittenConfig,
  { spec }: Collector,
  registry: Registry,
): Promise<Checked> {
  if ('components' in written)
    return { ok: false, errors: 'spec.config.components: expected no modules, which the operator does not run' };
  const config = withHealthCheck(written);
  const source = { name: 'spec.config', text: JSON.stringify(withoutFiles(config)) };
  const variables = [...POD_VARIABLES.map((name) => ({ name, value: 'value' })), ...(spec.env ?? [])];
  const environment = Object.fromEntries(variables.map(({ name, value }) => [name, value ?? 'value']));
  const loaded = await loadConfig({ sources: [source], environment, registry });
  const errors = loaded.errors.filter(({ severity, message }) => severity === 'error' && !namesMissingFile(message));
  if (errors.length > 0) return { ok: false, errors: errors.slice(0, MAX_ERRORS).map(textOf).join('\n') };
  const text = `${JSON.stringify(config, undefined, 2)}\n`;
  if (!loaded.ok) return { ok: true, value: { text, ports: [], permissions: [] } };
  return { ok: true, value: { text, ports: portsOf(loaded.config), permissions: permissionsOf(loaded.config) } };
}

function withHealthCheck(config: WrittenConfig): WrittenConfig {
  const extensions = config.service.extensions ?? [];
  const health = { use_v2: true, http: { endpoint: `0.0.0.0:${HEALTH_PORT}` } };
  return {
    ...config,
    extensions: { ...config.extensions, [HEALTH_CHECK]: health },
    service: { ...config.service, extensions: [...extensions, HEALTH_CHECK] },
  };
}

/** Replaces references to files, because those of the operator are not those of the pod. */
function withoutFiles(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\$\{file:[^}]*\}/g, 'value');
  if (Array.isArray(value)) return value.map(withoutFiles);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutFiles(item)]));
}

/** Files such as certificates are mounted into the pods. */
function namesMissingFile(message: string): boolean {
  return /ENOENT|no such file|does not exist/i.test(message);
}

function textOf({ path, message }: Diagnostic): string {
  return path === '' ? `spec.config: ${message}` : `spec.config.${path}: ${message}`;
}

function portsOf(config: ServiceConfig): readonly ServicePort[] {
  const used = new Set(config.service.pipelines.flatMap(({ receivers }) => receivers.map(({ id }) => id)));
  const ports = new Map<string, ServicePort>();
  for (const receiver of config.receivers.values()) {
    if (!used.has(receiver.id)) continue;
    for (const address of receiver.definition.listens?.(receiver.config as never) ?? []) {
      const port = portOf(receiver, address);
      if (port !== undefined) ports.set(`${port.protocol} ${port.port}`, port);
    }
  }
  return [...ports.values()];
}

/** Returns the port of an address that other pods reach. */
function portOf({ type }: ConfiguredComponent, { path, endpoint, transport }: ListenAddress): ServicePort | undefined {
  const parsed = parseEndpoint(endpoint);
  if (parsed.kind === 'unix' || /^(localhost|127\.|::1)/.test(parsed.host) || parsed.port === 0) return undefined;
  const part = path.filter((name) => !/^(endpoint|listen_address|protocols)$/.test(name)).at(-1);
  const name = `${type}${part === undefined ? '' : `-${part}`}`.toLowerCase().replaceAll('_', '-');
  const isValid = /^[a-z0-9][a-z0-9-]{0,13}[a-z0-9]$/.test(name);
  return {
    name: isValid ? name : `port-${parsed.port}`,
    port: parsed.port,
    protocol: transport === 'udp' ? 'UDP' : 'TCP',
  };
}
