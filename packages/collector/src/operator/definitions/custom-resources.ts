import type { ResourceType } from '../../kubernetes/resource.ts';
import { COLLECTOR_SCHEMA } from './collector.ts';
import { INSTRUMENTATION_SCHEMA } from './instrumentation.ts';
import { PIPELINE_SCHEMA } from './pipeline.ts';
import type { Schema } from './schema.ts';
import { TARGET_ALLOCATION_SCHEMA } from './target-allocation.ts';

const GROUP = 'otelier.dev';
const VERSION = 'v1alpha1';

/** `apiVersion` of all objects of the operator. */
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Types of the objects that the operator reads. */
export const OPERATOR_RESOURCES = {
  collectors: { group: GROUP, version: VERSION, resource: 'collectors' },
  pipelines: { group: GROUP, version: VERSION, resource: 'pipelines' },
  targetAllocations: { group: GROUP, version: VERSION, resource: 'targetallocations' },
  instrumentations: { group: GROUP, version: VERSION, resource: 'instrumentations' },
} as const satisfies Readonly<Record<string, ResourceType>>;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

interface CustomResource {
  readonly kind: string;
  readonly resource: string;
  readonly shortNames: readonly string[];
  readonly schema: Schema;
  readonly columns: readonly Column[];
  readonly scale?: object;
}

const READY = { type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].status" };
const AGE: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const CUSTOM_RESOURCES: readonly CustomResource[] = [
  {
    kind: 'Collector',
    resource: 'collectors',
    shortNames: ['otelier'],
    schema: COLLECTOR_SCHEMA,
    columns: [
      { name: 'Mode', type: 'string', jsonPath: '.spec.mode' },
      { name: 'Ready', ...READY },
      { name: 'Pods', type: 'integer', jsonPath: '.status.replicas' },
      { name: 'ReadyPods', type: 'integer', jsonPath: '.status.readyReplicas' },
      { name: 'Reason', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].reason" },
      { name: 'Revision', type: 'string', jsonPath: '.status.revision', priority: 1 },
      AGE,
    ],
    scale: {
      specReplicasPath: '.spec.replicas',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: '.status.selector',
    },
  },
  {
    kind: 'Pipeline',
    resource: 'pipelines',
    shortNames: ['otelierpipeline'],
    schema: PIPELINE_SCHEMA,
    columns: [
      { name: 'Signal', type: 'string', jsonPath: '.spec.signal' },
      { name: 'Collectors', type: 'string', jsonPath: '.spec.collectors' },
      { name: 'Accepted', type: 'string', jsonPath: ".status.conditions[?(@.type=='Accepted')].status" },
      AGE,
    ],
  },
  {
    kind: 'Instrumentation',
    resource: 'instrumentations',
    shortNames: ['otelierinst'],
    schema: INSTRUMENTATION_SCHEMA,
    columns: [
      { name: 'Endpoint', type: 'string', jsonPath: '.spec.exporter.endpoint' },
      { name: 'Sampler', type: 'string', jsonPath: '.spec.sampler.type' },
      { name: 'Default', type: 'string', jsonPath: ".status.conditions[?(@.type=='Default')].status" },
      AGE,
    ],
  },
  {
    kind: 'TargetAllocation',
    resource: 'targetallocations',
    shortNames: ['oteliertargets'],
    schema: TARGET_ALLOCATION_SCHEMA,
    columns: [
      { name: 'Collector', type: 'string', jsonPath: '.spec.collector' },
      { name: 'Strategy', type: 'string', jsonPath: '.spec.strategy' },
      { name: 'Ready', ...READY },
      AGE,
    ],
  },
];

/** Returns the CustomResourceDefinition objects of the operator. */
export function customResourceDefinitions(): readonly (object & { readonly metadata: { readonly name: string } })[] {
  return CUSTOM_RESOURCES.map(({ kind, resource, shortNames, schema, columns, scale }) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${resource}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural: resource, singular: kind.toLowerCase(), shortNames },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: { status: {}, ...(scale && { scale }) },
          additionalPrinterColumns: columns,
        },
      ],
    },
  }));
}
