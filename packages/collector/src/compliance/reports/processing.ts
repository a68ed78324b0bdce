import type { ReportRequest } from '@otelier/query';
import type { RunningSetup } from '../../component/host.ts';
import { foundKinds } from './found-kinds.ts';
import type { ReportContext, Section } from './report-context.ts';

type Component = RunningSetup['components'][number];

const NO_SETUP: RunningSetup = { components: [], pipelines: [] };

/** The record of processing activities (GDPR, article 30), as far as the configuration and stored telemetry tell. */
export async function processingSections(
  { tenant }: ReportRequest,
  context: ReportContext,
): Promise<readonly Section[]> {
  const setup = context.host.configuration?.setup() ?? NO_SETUP;
  const of = (kind: string): readonly Component[] => setup.components.filter((one) => one.kind === kind);
  const endpoints = context.host.endpoints();
  const holds = context.store.holds?.list().filter((hold) => hold.tenant === tenant) ?? [];
  return [
    {
      title: 'Sources',
      columns: ['Where configured', 'Type', 'Pipelines', 'Address', 'Encrypted connection'],
      rows: of('receiver').map((one) => [
        ...[placeOf(one), one.type, pipelinesOf(setup, one.id)],
        endpoints.flatMap(({ component, address }) => (component === one.id ? [address] : [])).join(', '),
        hasTls(one.config) ? 'TLS' : 'no',
      ]),
    },
    {
      title: 'Categories of personal data seen',
      text: 'Values of the catalog of the processor `redaction` among the newest stored items. Names, and texts about people, are not in the catalog.',
      columns: ['Signal', 'Items searched', 'Kind', 'Group', 'Values', 'Items'],
      rows: await foundKinds(context, tenant, ['all']),
    },
    {
      title: 'Recipients',
      columns: ['Where configured', 'Type', 'Pipelines', 'Endpoint', 'Encrypted connection'],
      rows: of('exporter').map((one) => [
        ...[placeOf(one), one.type, pipelinesOf(setup, one.id), destinationOf(one.config)],
        hasTls(one.config) || /^(?:https|grpcs):/.test(destinationOf(one.config)) ? 'TLS' : 'no',
      ]),
    },
    {
      title: 'Purposes and retention',
      text: `An item of several purposes is kept for the longest of their retentions. Legal holds that keep telemetry longer: ${holds.length}.`,
      columns: ['Where configured', 'Purpose', 'Applies to', 'Kept for'],
      rows: of('exporter').flatMap((one) => [...retentionRows(one), ...purposeRows(one, tenant)]),
    },
    {
      title: 'Protection',
      columns: ['Where configured', 'Measure'],
      rows: setup.components.flatMap(protectionRows),
    },
  ];
}

function placeOf({ kind, id }: Component): string {
  return `${kind}s.${id}`;
}

function pipelinesOf({ pipelines }: RunningSetup, id: string): string {
  return pipelines
    .filter(({ receivers, exporters }) => [...receivers, ...exporters].includes(id))
    .map((pipeline) => pipeline.id)
    .join(', ');
}

function hasTls(config: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(config).some(([key, value]) => {
    if (key === 'tls') return value !== undefined && (value as { insecure?: unknown }).insecure !== true;
    return key !== 'tenants' && isRecord(value) && hasTls(value);
  });
}

/** Returns the endpoint without credentials and parameters, or the directory or broker. */
function destinationOf(config: Readonly<Record<string, unknown>>): string {
  const names = ['endpoint', 'endpoints', 'brokers', 'url', 'address', 'directory', 'path', 'host', 'bucket'];
  const found = names.flatMap((name) => {
    const value = config[name];
    return typeof value === 'string'
      ? [value]
      : Array.isArray(value)
        ? value.filter((one) => typeof one === 'string')
        : [];
  });
  return found.map((text) => text.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/, '')).join(', ');
}

function retentionRows(one: Component): readonly string[][] {
  const { retention } = one.config;
  const rows: string[][] = [];
  if (typeof retention === 'number') rows.push([placeOf(one), 'observability', 'all signals', ageText(retention)]);
  else if (isRecord(retention)) {
    for (const [signal, limits] of Object.entries(retention)) {
      const maxAge = isRecord(limits) ? limits['maxAge'] : undefined;
      rows.push([placeOf(one), 'observability', signal, ageText(typeof maxAge === 'number' ? maxAge : WEEK_MILLIS)]);
    }
  }
  return rows;
}

/** Returns the configured purposes that apply to a tenant. */
function purposeRows(one: Component, tenant: string): readonly string[][] {
  const { purposes } = one.config;
  if (!isRecord(purposes)) return [];
  return Object.entries(purposes).flatMap(([name, purpose]) => {
    if (!isRecord(purpose)) return [];
    const { description, signals, tenants, services, attributes, retention } = purpose;
    if (Array.isArray(tenants) && !tenants.includes(tenant)) return [];
    const parts = [
      Array.isArray(signals) ? signals.join(', ') : 'all signals',
      ...(Array.isArray(services) ? [`service ${services.join(' or ')}`] : []),
      ...Object.entries(isRecord(attributes) ? attributes : {}).map(([key, value]) => `${key} = ${textOf(value)}`),
    ];
    const title = typeof description === 'string' ? `${name}: ${description}` : name;
    return [[placeOf(one), title, parts.join('; '), ageText(Number(retention))]];
  });
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(' or ') : String(value);
}

function protectionRows(one: Component): readonly string[][] {
  const { config, type } = one;
  const measures: string[] = [];
  if (isRecord(config['encryption']))
    measures.push(`encrypted on disk, keys of provider ${config['encryption']['provider']}`);
  if (type === 'redaction' && Array.isArray(config['catalog']) && config['catalog'].length > 0)
    measures.push(`masks ${config['catalog'].join(', ')}`);
  if (type === 'redaction' && config['allowAllKeys'] === false)
    measures.push('removes attributes that are not allowed');
  if (one.kind === 'receiver' && hasTls(config)) measures.push('TLS for senders');
  if (isRecord(config['auth'])) measures.push(`authenticates by ${config['auth']['authenticator']}`);
  if (type === 'identity') measures.push('roles of people and keys; a signed audit log');
  return measures.map((measure) => [placeOf(one), measure]);
}

const HOUR_MILLIS = 3_600_000;
const WEEK_MILLIS = 168 * HOUR_MILLIS;

function ageText(millis: number): string {
  if (millis === 0) return 'no limit';
  const hours = millis / HOUR_MILLIS;
  return hours % 24 === 0 ? `${hours / 24} days` : `${Math.round(hours * 100) / 100} hours`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
