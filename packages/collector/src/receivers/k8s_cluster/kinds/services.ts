import { type KubernetesObject, RESOURCES } from '../../../kubernetes/resource.ts';
import type { Reading } from '../../scraping/reading.ts';
import type { EndpointCount, KeptEndpoints, KeptService } from '../cluster-objects.ts';
import { type ClusterKind, defineKind } from '../kind.ts';
import { keptAnnotations, keptMeta, prefixed, present, reading } from '../object-fields.ts';

interface ServiceObject extends KubernetesObject {
  readonly spec?: {
    readonly type?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly publishNotReadyAddresses?: boolean;
    readonly trafficDistribution?: string;
  };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly unknown[] } };
}

/** Services. */
export const SERVICES: ClusterKind = defineKind<KeptService>({
  type: RESOURCES.services,
  scope: 'namespace',
  metrics: ['k8s.service.'],
  isReferenced: true,
  select: (object) => {
    const { metadata, spec = {}, status = {} } = object as ServiceObject;
    return {
      ...keptMeta(metadata),
      annotations: keptAnnotations(metadata),
      type: spec.type ?? '',
      selector: spec.selector ?? {},
      publishesNotReady: spec.publishNotReadyAddresses === true,
      trafficDistribution: spec.trafficDistribution ?? '',
      ingressCount: status.loadBalancer?.ingress?.length ?? 0,
    };
  },
  groups: (service, cluster) => [
    {
      resource: {
        ...present({
          'k8s.service.uid': service.uid,
          'k8s.service.name': service.name,
          'k8s.namespace.name': service.namespace,
          'k8s.service.type': service.type,
          'k8s.service.traffic_distribution': service.trafficDistribution,
        }),
        'k8s.service.publish_not_ready_addresses': service.publishesNotReady,
      },
      readings: [
        ...cluster.endpointsOf(service).flatMap(endpointReadings),
        ...(service.type === 'LoadBalancer'
          ? reading('k8s.service.load_balancer.ingress.count', service.ingressCount)
          : []),
      ],
    },
  ],
  entities: ({ uid, name, namespace, created, labels, annotations, selector }) => [
    {
      type: 'k8s.service',
      idKey: 'k8s.service.uid',
      id: uid,
      attributes: {
        ...present({
          'k8s.namespace.name': namespace,
          'k8s.service.name': name,
          'k8s.service.creation_timestamp': created,
        }),
        ...prefixed('k8s.service.selector', selector),
        ...prefixed('k8s.service.label', labels),
        ...prefixed('k8s.service.annotation', annotations),
      },
    },
  ],
});

function endpointReadings({ addressType, zone, ready, serving, terminating }: EndpointCount): readonly Reading[] {
  return Object.entries({ ready, serving, terminating }).flatMap(([condition, count]) =>
    reading('k8s.service.endpoint.count', count, {
      'k8s.service.endpoint.address_type': addressType,
      'k8s.service.endpoint.condition': condition,
      'k8s.service.endpoint.zone': zone,
    }),
  );
}

interface SliceObject extends KubernetesObject {
  readonly addressType?: string;
  readonly endpoints?:
    | readonly {
        readonly zone?: string;
        readonly conditions?: {
          readonly ready?: boolean | null;
          readonly serving?: boolean | null;
          readonly terminating?: boolean | null;
        };
      }[]
    | null;
}

/** Endpoints of services, which are watched only for the metric of them. */
export const ENDPOINT_SLICES: ClusterKind = defineKind<KeptEndpoints>({
  type: RESOURCES.endpointSlices,
  scope: 'namespace',
  metrics: ['k8s.service.endpoint.count'],
  select: (object) => {
    const { metadata, addressType = '', endpoints } = object as SliceObject;
    const counts = new Map<string, EndpointCount>();
    for (const { zone = '', conditions = {} } of endpoints ?? []) {
      const known = counts.get(zone) ?? { addressType, zone, ready: 0, serving: 0, terminating: 0 };
      const isReady = conditions.ready ?? true;
      counts.set(zone, {
        ...known,
        ready: known.ready + (isReady ? 1 : 0),
        // An endpoint that does not say whether it serves does so if it is ready.
        serving: known.serving + ((conditions.serving ?? isReady) ? 1 : 0),
        terminating: known.terminating + (conditions.terminating === true ? 1 : 0),
      });
    }
    return {
      namespace: metadata.namespace ?? '',
      service: metadata.labels?.['kubernetes.io/service-name'] ?? '',
      counts: [...counts.values()],
    };
  },
});
