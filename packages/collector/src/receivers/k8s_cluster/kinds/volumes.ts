import { quantityValue } from '../../../kubernetes/quantity.ts';
import type { KubernetesObject } from '../../../kubernetes/resource.ts';
import type { Reading } from '../../scraping/reading.ts';
import { type ClusterKind, defineKind } from '../kind.ts';
import { type KeptMeta, keptAnnotations, keptMeta, prefixed, present, reading } from '../object-fields.ts';

interface KeptVolume extends KeptMeta {
  readonly annotations: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  readonly readings: readonly Reading[];
  /** The volume of a claim. */
  readonly volumeName: string;
}

interface VolumeObject extends KubernetesObject {
  readonly spec?: {
    readonly storageClassName?: string;
    readonly persistentVolumeReclaimPolicy?: string;
    readonly capacity?: Readonly<Record<string, unknown>>;
    readonly volumeName?: string;
    readonly resources?: { readonly requests?: Readonly<Record<string, unknown>> };
  };
  readonly status?: { readonly phase?: string; readonly capacity?: Readonly<Record<string, unknown>> };
}

/** Volumes. */
export const PERSISTENT_VOLUMES: ClusterKind = volumes({
  resource: 'persistentvolumes',
  term: 'persistentvolume',
  scope: 'cluster',
  phases: ['Pending', 'Available', 'Bound', 'Released', 'Failed'],
  sizes: ({ spec }) => ({ capacity: spec?.capacity?.['storage'] }),
});

/** Claims of volumes. */
export const VOLUME_CLAIMS: ClusterKind = volumes({
  resource: 'persistentvolumeclaims',
  term: 'persistentvolumeclaim',
  scope: 'namespace',
  phases: ['Pending', 'Bound', 'Lost'],
  sizes: ({ spec, status }) => ({
    request: spec?.resources?.requests?.['storage'],
    capacity: status?.capacity?.['storage'],
  }),
});

interface VolumeOptions {
  readonly resource: string;
  readonly term: string;
  readonly scope: ClusterKind['scope'];
  readonly phases: readonly string[];
  /** Returns quantities by the last part of the name of their metric. */
  sizes(volume: VolumeObject): Readonly<Record<string, unknown>>;
}

function volumes({ resource, term, scope, phases, sizes }: VolumeOptions): ClusterKind {
  const prefix = `k8s.${term}`;
  return defineKind<KeptVolume>({
    type: { group: '', version: 'v1', resource },
    scope,
    metrics: [`${prefix}.`],
    select: (object) => {
      const { metadata, spec = {}, status = {} } = object as VolumeObject;
      return {
        ...keptMeta(metadata),
        annotations: keptAnnotations(metadata),
        resource: present({
          [`${prefix}.uid`]: metadata.uid,
          [`${prefix}.name`]: metadata.name,
          'k8s.namespace.name': metadata.namespace,
          'k8s.storageclass.name': spec.storageClassName,
          'k8s.persistentvolume.reclaim_policy': spec.persistentVolumeReclaimPolicy,
        }),
        readings: [
          ...phases.flatMap((phase) =>
            reading(`${prefix}.status.phase`, phase === status.phase ? 1 : 0, { [`${prefix}.status.phase`]: phase }),
          ),
          ...Object.entries(sizes(object)).flatMap(([what, quantity]) =>
            reading(`${prefix}.storage.${what}`, quantityValue(quantity)),
          ),
        ],
        volumeName: spec.volumeName ?? '',
      };
    },
    groups: (volume) => [volume],
    entities: ({ uid, name, namespace, created, labels, annotations, volumeName }) => [
      {
        type: prefix,
        idKey: `${prefix}.uid`,
        id: uid,
        attributes: {
          ...present({
            'k8s.persistentvolume.name': volumeName,
            [`${prefix}.name`]: name,
            'k8s.namespace.name': namespace,
            [`${prefix}.creation_timestamp`]: created,
          }),
          ...prefixed(`${prefix}.label`, labels),
          ...prefixed(`${prefix}.annotation`, annotations),
        },
      },
    ],
  });
}
