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
    readonly tls?: { readonly secretName: string };
    readonly global?: object;
    readonly scrapeConfigs?: readonly object[];
    readonly prometheusCR?: PrometheusCr;
  };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

/** Port of the service of an allocator. */
const PLAIN_PORT = { name: 'http', port: 8080, protocol: 'TCP' };
const TLS_PORT = { name: 'https', port: 8443, protocol: 'TCP' };
const CERTIFICATE_DIRECTORY = '/etc/otelier/tls';

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
  const port = spec.tls === undefined ? PLAIN_PORT : TLS_PORT;
  const extension = {
    endpoint: `0.0.0.0:${port.port}`,
    ...(spec.tls !== undefined && { tls: SERVER_TLS }),
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
    ports: [port],
    ...(spec.tls !== undefined && certificateOf(spec.tls.secretName)),
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

/** Settings of the listener. The kubelet replaces the files when the secret changes. */
const SERVER_TLS = {
  cert_file: `${CERTIFICATE_DIRECTORY}/tls.crt`,
  key_file: `${CERTIFICATE_DIRECTORY}/tls.key`,
  client_ca_file: `${CERTIFICATE_DIRECTORY}/ca.crt`,
};

/** Returns the fields that mount a certificate. */
function certificateOf(secretName: string) {
  return {
    volumes: [{ name: 'tls', secret: { secretName } }],
    volumeMounts: [{ name: 'tls', mountPath: CERTIFICATE_DIRECTORY, readOnly: true }],
  };
}

/** Returns the reference with which the allocator is deleted. */
function ownerOf({ metadata: { name, uid } }: TargetAllocation) {
  return { apiVersion: API_VERSION, kind: 'TargetAllocation', name, uid, controller: true, blockOwnerDeletion: true };
}
