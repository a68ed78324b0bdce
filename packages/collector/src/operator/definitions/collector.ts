import { COMPONENT_MAPS, componentIds, componentMap, PIPELINE } from './component-maps.ts';
import { POD_FIELDS } from './pod-fields.ts';
import {
  choice,
  countOrPercent,
  IMAGE,
  integer,
  list,
  nameRules,
  object,
  quantity,
  resourceSchema,
  rulesOf,
  type Schema,
  text,
} from './schema.ts';

/** The configuration, of which the server checks the structure, and the operator the components. */
const CONFIG = {
  ...object(
    'The configuration, as in a file. `Pipeline` objects add to it.',
    {
      ...COMPONENT_MAPS,
      extensions: componentMap('Extensions by ID.'),
      service: {
        ...object('What runs.', {
          extensions: componentIds('Extensions that run.'),
          pipelines: {
            type: 'object',
            description: 'Pipelines by ID, such as `traces` or `logs/audit`.',
            maxProperties: 100,
            additionalProperties: PIPELINE,
            ...rulesOf([
              {
                rule: "self.all(id, id.split('/')[0] in ['traces', 'metrics', 'logs', 'profiles'])",
                message: 'expected a signal (traces, metrics, logs or profiles), optionally with a name after a slash',
              },
            ]),
          },
        }),
        'x-kubernetes-preserve-unknown-fields': true,
      },
    },
    { required: ['service'] },
  ),
  'x-kubernetes-preserve-unknown-fields': true,
};

const PORTS = list(
  'Ports of the service beside those of the configured receivers.',
  object(
    'A port.',
    {
      name: text('Name of the port.', { pattern: '^[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$', maxLength: 15 }),
      port: integer('Number of the port.', 1, 65535),
      protocol: choice('Protocol of the transport.', ['TCP', 'UDP'], 'TCP'),
    },
    { required: ['name', 'port'] },
  ),
  { key: 'name', maxItems: 50 },
);

const AUTOSCALER = object(
  'Changes the number of pods with the load.',
  {
    minReplicas: integer('Least number of pods.', 1, 1000, 1),
    maxReplicas: integer('Greatest number of pods.', 1, 1000),
    targetCPUUtilization: integer('CPU time in percent of the request.', 1, 1000, 80),
    targetMemoryUtilization: integer('Memory in percent of the request.', 1, 1000),
  },
  {
    required: ['maxReplicas'],
    rules: [
      {
        rule: 'self.minReplicas <= self.maxReplicas',
        message: 'expected at least minReplicas',
        fieldPath: '.maxReplicas',
      },
    ],
  },
);

const DISRUPTION_BUDGET = object(
  'How many pods may be missing while nodes are drained.',
  {
    minAvailable: countOrPercent('Pods that must be available.'),
    maxUnavailable: countOrPercent('Pods that may be unavailable.'),
  },
  {
    rules: [
      {
        rule: 'has(self.minAvailable) != has(self.maxUnavailable)',
        message: 'expected either minAvailable or maxUnavailable',
      },
    ],
  },
);

const STORAGE = object(
  'A volume for each pod at /data.',
  {
    size: quantity('Size of the volume.'),
    storageClass: text('Storage class. Default: that of the cluster.', { minLength: 1, maxLength: 253 }),
  },
  { required: ['size'] },
);

const ROLLOUT = object(
  'How a change of the configuration, image or pods is rolled out.',
  {
    strategy: choice(
      '`canary`: one pod runs the change until it is healthy, then all do. `all`: as the workload replaces pods.',
      ['canary', 'all'],
      'canary',
    ),
    healthyAfterSeconds: integer('How long the first pod must be ready.', 0, 3600, 10),
    failAfterSeconds: integer('After which time a pod that is not ready makes the change fail.', 1, 7200, 120),
  },
  {
    rules: [
      {
        rule: 'self.failAfterSeconds > self.healthyAfterSeconds',
        message: 'expected more than healthyAfterSeconds',
        fieldPath: '.failAfterSeconds',
      },
    ],
  },
);

const HAS_REPLICAS = "(self.mode == 'deployment' || self.mode == 'statefulset')";

/** Fields that a sidecar does not have. */
const OF_POD = [
  'podDisruptionBudget',
  'serviceAccount',
  'podAnnotations',
  'podLabels',
  'nodeSelector',
  'tolerations',
  'affinity',
  'priorityClassName',
];

const SPEC = object(
  'What runs.',
  {
    mode: choice(
      'Workload that the pods belong to. `sidecar`: the webhook adds the collector to pods that ask for it.',
      ['deployment', 'statefulset', 'daemonset', 'sidecar'],
      'deployment',
    ),
    replicas: integer('Number of pods. Default 1.', 0, 1000),
    image: text('Image of the container. Default: that of the operator.', {
      pattern: IMAGE,
    }),
    imagePullPolicy: choice('When the image is pulled.', ['Always', 'IfNotPresent', 'Never'], 'IfNotPresent'),
    paused: { type: 'boolean', description: 'Whether the operator leaves everything as it is.', default: false },
    config: CONFIG,
    ports: PORTS,
    autoscaler: AUTOSCALER,
    podDisruptionBudget: DISRUPTION_BUDGET,
    storage: STORAGE,
    rollout: { ...ROLLOUT, default: { strategy: 'canary', healthyAfterSeconds: 10, failAfterSeconds: 120 } },
    ...POD_FIELDS,
  },
  {
    required: ['config'],
    rules: [
      {
        rule: `!has(self.replicas) || ${HAS_REPLICAS}`,
        message: 'expected mode deployment or statefulset, because a daemonset has a pod on each node',
        fieldPath: '.replicas',
      },
      {
        rule: `!has(self.autoscaler) || ${HAS_REPLICAS}`,
        message: 'expected mode deployment or statefulset',
        fieldPath: '.autoscaler',
      },
      {
        rule: '!(has(self.autoscaler) && has(self.replicas))',
        message: 'expected no replicas beside an autoscaler',
        fieldPath: '.replicas',
      },
      {
        rule: "!has(self.storage) || self.mode == 'statefulset'",
        message: 'expected mode statefulset, whose pods have volumes of their own',
        fieldPath: '.storage',
      },
      {
        rule: `self.mode != 'sidecar' || !(${OF_POD.map((name) => `has(self.${name})`).join(' || ')})`,
        message: `expected none of ${OF_POD.join(', ')}, which the pod has`,
        fieldPath: '.mode',
      },
      {
        rule: 'self.mode == oldSelf.mode',
        message: 'expected the mode to stay; create another Collector instead',
        fieldPath: '.mode',
      },
    ],
  },
);

const STATUS: Readonly<Record<string, Schema>> = {
  replicas: { type: 'integer', format: 'int32', description: 'Number of pods.' },
  readyReplicas: { type: 'integer', format: 'int32', description: 'Number of ready pods.' },
  selector: text('Selector of the pods, for the autoscaler.'),
  revision: text('Revision that all pods run.'),
  failedRevision: text('Revision that was rolled back.'),
  rollout: object('The change that is rolled out.', {
    revision: text('Its revision.'),
    updatedReplicas: { type: 'integer', format: 'int32', description: 'Pods that run it.' },
    progressTime: { type: 'string', format: 'date-time', description: 'When this number has last increased.' },
  }),
};

/** The schema of `Collector` objects. */
export const COLLECTOR_SCHEMA: Schema = resourceSchema('A gateway or agent that the operator runs.', SPEC, {
  ...{ required: ['spec'], status: STATUS },
  rules: nameRules(52, 'the names of pods are longer'),
});
