import type { DesiredObject } from '../../kubernetes/object-writer.ts';
import type { KubernetesObject } from '../../kubernetes/resource.ts';
import type { Collector } from '../collector/model.ts';
import { FIELD_MANAGER, HASH_ANNOTATION, MANAGED_BY, selectorLabels } from '../collector/names.ts';
import type { Condition } from '../core/conditions.ts';
import { hashOf } from '../core/content.ts';
import { API_VERSION } from '../definitions/custom-resources.ts';
import { type PrometheusCr, prometheusCrConfig } from './prometheus-cr.ts';

/** A `TargetAllocation`, with the defaults of its definition. */
export interface TargetAllocation extends KubernetesObject {
  readonly metadata: Collector['metadata'];
  readonly spec: {
    readonly collector: string;
    readonly strategy: 'consistent-hashing' | 'per-node';
    readonly replicas: number;
    readonly image?: string;
    readonly resources?: object;
    readonly global?: object;
    readonly scrapeConfigs?: readonly object[];
    readonly prometheusCR?: PrometheusCr;
  };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

/** Port of the service of an allocator. */
const PORT = 8080;

/** Name of the collector that runs the allocator, and of its service. */
export function allocatorName({ metadata }: TargetAllocation): string {
  return `${metadata.name}-targets`;
}

/** Returns the collector that runs the allocator: a deployment with the `target_allocator` extension. */
export function allocatorOf(allocation: TargetAllocation): DesiredObject {
  const { metadata, spec } = allocation;
  const { namespace = '' } = metadata;
  const labels = selectorLabels({ metadata: { ...metadata, name: spec.collector } });
  const labelSelector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const extension = {
    endpoint: `0.0.0.0:${PORT}`,
    allocation_strategy: spec.strategy,
    config: { ...(spec.global && { global: spec.global }), scrape_configs: spec.scrapeConfigs ?? [] },
    ...(spec.prometheusCR && { prometheus_cr: prometheusCrConfig(spec.prometheusCR) }),
    collectors: { pods: { namespace, label_selector: labelSelector.join(',') } },
  };
  const desired = {
    mode: 'deployment',
    replicas: spec.replicas,
    ...(spec.image !== undefined && { image: spec.image }),
    ...(spec.resources !== undefined && { resources: spec.resources }),
    ports: [{ name: 'http', port: PORT, protocol: 'TCP' }],
    config: {
      extensions: { target_allocator: extension },
      receivers: { nop: {} },
      exporters: { nop: {} },
      service: {
        extensions: ['target_allocator'],
        pipelines: { metrics: { receivers: ['nop'], exporters: ['nop'] } },
      },
    },
  };
  return {
    apiVersion: API_VERSION,
    kind: 'Collector',
    metadata: {
      name: allocatorName(allocation),
      namespace,
      labels: { [MANAGED_BY]: FIELD_MANAGER },
      annotations: { [HASH_ANNOTATION]: hashOf(desired) },
      ownerReferences: [ownerOf(allocation)],
    },
    spec: desired,
  };
}

/** Returns the reference with which the allocator is deleted. */
function ownerOf({ metadata: { name, uid } }: TargetAllocation) {
  return { apiVersion: API_VERSION, kind: 'TargetAllocation', name, uid, controller: true, blockOwnerDeletion: true };
}
