import { parseYaml } from '../../config/yaml/parse.ts';
import type { Conversion, ConversionSource } from '../conversion.ts';
import type { OutputMap } from '../output/config-builder.ts';
import { ConversionReport } from '../report.ts';
import { Section } from '../source/section.ts';
import { collectorConfig } from './collector-config.ts';
import { DEFAULT_PORTS } from './default-config.ts';
import { convertPresets } from './presets.ts';
import { workloadValues } from './workload-values.ts';

/** Converts values of the chart opentelemetry-collector to values of the chart of otelier. */
export async function convertHelmChart(source: ConversionSource): Promise<Conversion> {
  const { tree, errors } = parseYaml(source.name, source.text);
  const position = { source: source.name, line: 1, column: 1 };
  if (errors.length > 0) return { kind: 'unreadable', errors };
  if (tree?.kind !== 'map')
    return {
      kind: 'unreadable',
      errors: [{ severity: 'error', position, path: '', message: 'expected a mapping of values, got none' }],
    };
  const report = new ConversionReport();
  const whole = new Section(tree, [], report);
  // Charts that depend on the chart have its values below its name.
  const values = whole.section('opentelemetry-collector') ?? whole;
  const mode = modeOf(values);
  const presets = convertPresets(values.section('presets'));
  const config = await collectorConfig(values, presets, source);
  const { ports, hasHostPorts } = portsOf(values, config);
  const output: OutputMap = {
    mode,
    ...workloadValues(values, ports),
    ...(mode === 'agent' && hasHostPorts && { hostPorts: true }),
    ...(presets.length > 0 && { presets: Object.fromEntries(presets.map((preset) => [preset.name, preset.values])) }),
    config,
  };
  values.finish();
  whole.finish();
  return { kind: 'converted', output, report, next: [NEXT] };
}

const NEXT =
  'Install with: helm install otelier deploy/helm/otelier --values FILE. See docs/guide/convert.md for the move.';

function modeOf(values: Section): 'agent' | 'gateway' {
  const mode = values.text('mode') ?? '';
  if (mode === 'daemonset') return 'agent';
  if (mode === 'statefulset')
    values.report.changed(
      values.at('mode'),
      'a gateway is a Deployment, not a StatefulSet',
      'use mode: all-in-one for a StatefulSet with a store',
    );
  else if (mode !== 'deployment')
    values.report.missing(
      values.has('mode') ? values.at('mode') : values.place,
      'expected daemonset, deployment or statefulset as mode',
    );
  return 'gateway';
}

/** Ports beside those of OTLP, whose receivers the configuration has. */
function portsOf(values: Section, config: OutputMap): { readonly ports: OutputMap; readonly hasHostPorts: boolean } {
  const receivers = Object.keys((config['receivers'] ?? {}) as OutputMap).map((id) => id.split('/')[0]);
  const ports: OutputMap = {};
  for (const [name, { port, protocol, receiver }] of Object.entries(DEFAULT_PORTS))
    if (receivers.includes(receiver)) ports[name] = { port, ...(protocol === 'UDP' && { protocol }) };
  const given = values.section('ports');
  for (const name of given?.keys ?? []) {
    const port = given?.section(name);
    if (port === undefined) continue;
    const isEnabled = port.boolean('enabled') !== false;
    if (/^(?:otlp|otlp-http|metrics)$/.test(name)) {
      port.skip(...port.keys);
      if (!isEnabled && name !== 'metrics')
        port.changed('enabled', 'the ports of OTLP are always open', 'close them with networkPolicy');
      continue;
    }
    if (isEnabled) ports[name] = { ...(ports[name] as OutputMap), ...portOf(port) };
    else {
      delete ports[name];
      port.skip(...port.keys);
    }
    port.finish();
  }
  return { ports, hasHostPorts: true };
}

function portOf(port: Section): OutputMap {
  const number = port.number('servicePort') ?? port.number('containerPort');
  const container = port.number('containerPort');
  if (container !== undefined && container !== number)
    port.report.missing(
      port.at('containerPort'),
      'the port of the service is that of the container',
      'let the receiver listen on the port of the service',
    );
  const protocol = port.text('protocol');
  const application = port.text('appProtocol');
  port.skip('hostPort');
  port.missing('nodePort', 'ports of nodes are not chosen');
  return {
    ...(number !== undefined && { port: number }),
    ...(protocol !== undefined && protocol !== 'TCP' && { protocol }),
    ...(application !== undefined && { appProtocol: application }),
  };
}
