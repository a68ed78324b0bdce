import type { OutputMap } from '../output/config-builder.ts';
import type { Section } from '../source/section.ts';

/** A preset of the chart of otelier, with the components that it adds. */
export interface Preset {
  readonly name: string;
  readonly values: OutputMap;
  readonly signal?: 'logs' | 'metrics';
  readonly receiver?: string;
  readonly processor?: string;
  readonly extension?: string;
  /** Settings of the component that are enough to check the configuration. */
  readonly standIn: OutputMap;
}

/** Converts the presets that are enabled. */
export function convertPresets(presets: Section | undefined): Preset[] {
  if (presets === undefined) return [];
  const found = Object.entries(PRESETS).flatMap(([name, convert]) => {
    const preset = presets.section(name);
    if (preset === undefined) return [];
    const isEnabled = preset.boolean('enabled') === true;
    if (!isEnabled) {
      preset.skip(...preset.keys);
      return [];
    }
    const converted = convert(preset);
    preset.finish();
    return [{ name, ...converted, values: { enabled: true, ...converted.values } }];
  });
  for (const [name, instead] of Object.entries(MISSING)) {
    const preset = presets.section(name);
    const isEnabled =
      preset?.boolean('enabled') === true ||
      ['logs', 'metrics'].some((kind) => preset?.section(kind)?.boolean('enabled') === true);
    if (isEnabled) presets.missing(name, 'the chart of otelier does not have this preset', instead);
  }
  presets.finish();
  return found;
}

const PRESETS: Readonly<Record<string, (preset: Section) => Omit<Preset, 'name'>>> = {
  logsCollection(preset) {
    const size = preset.number('maxRecombineLogSize');
    const stores = preset.boolean('storeCheckpoints') === true;
    return {
      values: {
        storePositions: stores,
        includeOwnLogs: preset.boolean('includeCollectorLogs') === true,
        ...(size !== undefined && { maxLogSize: size }),
      },
      signal: 'logs',
      receiver: 'file_log',
      ...(stores && { extension: 'file_storage' }),
      standIn: { include: ['/var/log/pods/*/*/*.log'] },
    };
  },
  hostMetrics: () => ({
    values: { interval: '10s' },
    signal: 'metrics',
    receiver: 'host_metrics',
    standIn: { scrapers: { cpu: {} } },
  }),
  kubeletMetrics: () => ({
    values: { interval: '20s' },
    signal: 'metrics',
    receiver: 'kubelet_stats',
    standIn: { auth_type: 'serviceAccount' },
  }),
  clusterMetrics: () => ({
    values: { interval: '10s' },
    signal: 'metrics',
    receiver: 'k8s_cluster',
    standIn: { auth_type: 'serviceAccount' },
  }),
  kubernetesEvents(preset) {
    preset.skip('useK8sEventsReceiver');
    return { values: {}, signal: 'logs', receiver: 'k8s_events', standIn: {} };
  },
  kubernetesAttributes(preset) {
    for (const key of ['extractAllPodLabels', 'extractAllPodAnnotations'])
      if (preset.boolean(key) === true)
        preset.missing(key, 'labels and annotations are named one by one', 'list them in presets.kubernetesAttributes');
    return { values: {}, processor: 'k8s_attributes', standIn: {} };
  },
};

const MISSING: Readonly<Record<string, string>> = {
  kubernetesObjects: 'add the receiver k8s_objects to config, with the permissions in rbac.extraRules',
  annotationDiscovery: 'add the receiver receiver_creator to config',
  profiling: 'send profiles by OTLP',
  resourceDetection: 'add the processor resource_detection to config',
};
