import { patternError } from '../../component/pattern.ts';
import { duration, ignored, z } from '../../component/schema.ts';
import { apiConfigFields } from '../../kubernetes/server/config.ts';
import { METADATA_KEYS } from './metadata-keys.ts';

/** Objects whose labels and annotations can be extracted. */
export const OWNERS = [
  'pod',
  'namespace',
  'node',
  'deployment',
  'replicaset',
  'statefulset',
  'daemonset',
  'job',
  'cronjob',
] as const;

/** An object whose labels and annotations can be extracted. */
export type Owner = (typeof OWNERS)[number];

/** Sources in one rule of association. */
const MAX_SOURCES = 4;

function extractedFields(what: string) {
  return z
    .array(
      z
        .object({
          tagName: z
            .string()
            .prefault('')
            .describe(
              'Attribute to set. With `key_regex`, it can refer to groups, such as `$$1`. Default: `k8s.pod.labels.KEY`, and so on.',
            ),
          key: z.string().prefault('').describe(`Key of the ${what}.`),
          keyRegex: z
            .string()
            .prefault('')
            .superRefine((text, issues) => {
              const message = text === '' ? undefined : patternError(text);
              if (message !== undefined) issues.addIssue({ code: 'custom', message, input: text });
            })
            .describe('Regular expression that whole keys match, instead of `key`.'),
          from: z
            .enum(['', ...OWNERS])
            .prefault('pod')
            .describe('The object that has it.'),
        })
        .refine(({ key, keyRegex }) => key === '' || keyRegex === '', { error: 'expected key or key_regex, got both' }),
    )
    .prefault([])
    .describe(`Which ${what}s become attributes.`);
}

function filterTerms(operations: readonly [string, ...string[]], what: string) {
  return z
    .array(
      z.object({
        key: z.string().min(1).describe(`The ${what}.`),
        value: z.string().prefault('').describe('Its value.'),
        op: z
          .enum(['', ...operations])
          .prefault('equals')
          .describe('How it is compared.'),
      }),
    )
    .prefault([])
    .describe(`Only pods whose ${what}s match all of these.`);
}

/** The configuration schema of `k8s_attributes`. */
export const k8sAttributesConfig = z.object({
  ...apiConfigFields,
  passthrough: z
    .boolean()
    .prefault(false)
    .describe('Whether only `k8s.pod.ip` is set, from the connection, without asking the API server.'),
  extract: z
    .object({
      metadata: z
        .array(z.enum(METADATA_KEYS))
        .prefault([
          'container.image.name',
          'container.image.tag',
          'k8s.deployment.name',
          'k8s.namespace.name',
          'k8s.node.name',
          'k8s.pod.name',
          'k8s.pod.start_time',
          'k8s.pod.uid',
        ])
        .describe('Attributes to set.'),
      labels: extractedFields('label'),
      annotations: extractedFields('annotation'),
      otelAnnotations: z
        .boolean()
        .prefault(false)
        .describe(
          'Whether annotations of pods such as `resource.opentelemetry.io/foo` become attributes such as `foo`.',
        ),
      deploymentNameFromReplicaset: ignored('the name of a deployment is taken from that of its replica set', {
        schema: z.boolean(),
        effective: true,
      }),
    })
    .prefault({})
    .describe('What is extracted.'),
  filter: z
    .object({
      node: z.string().prefault('').describe('Only pods on this node.'),
      nodeFromEnvVar: z
        .string()
        .prefault('')
        .describe('Only pods on the node that this environment variable names, set by the downward API.'),
      namespace: z.string().prefault('').describe('Only pods in this namespace.'),
      fields: filterTerms(['equals', 'not-equals'], 'field'),
      labels: filterTerms(['equals', 'not-equals', 'exists', 'does-not-exist'], 'label'),
    })
    .prefault({})
    .describe('Which pods are watched. The fewer, the less memory.'),
  podAssociation: z
    .array(
      z.object({
        sources: z
          .array(
            z
              .object({
                from: z
                  .enum(['connection', 'resource_attribute'])
                  .describe('`connection`, the address of the sender, or `resource_attribute`.'),
                name: z.string().prefault('').describe('Name of the attribute.'),
              })
              .refine(({ from, name }) => from === 'connection' || name !== '', {
                path: ['name'],
                error: 'expected the name of an attribute',
              }),
          )
          .min(1)
          .max(MAX_SOURCES)
          .describe('What identifies the pod, all of it together.'),
      }),
    )
    .superRefine((associations, issues) => {
      const known = new Set<string>();
      associations.forEach(({ sources }, index) => {
        const key = sources
          .map(({ from, name }) => `${from}/${name}`)
          .sort()
          .join();
        if (known.has(key))
          issues.addIssue({
            code: 'custom',
            path: [index],
            message: 'expected other sources than those of a rule above',
          });
        known.add(key);
      });
    })
    .prefault([])
    .describe(
      'How resources are associated with pods: the first rule whose sources are all known applies. Default: by `k8s.pod.ip`, then by the address of the sender, then by `host.name` if that is an address.',
    ),
  exclude: z
    .object({
      pods: z
        .array(
          z.object({
            name: z
              .string()
              .superRefine((text, issues) => {
                const message = patternError(text);
                if (message !== undefined) issues.addIssue({ code: 'custom', message, input: text });
              })
              .describe('Regular expression that names of pods match.'),
          }),
        )
        .prefault([{ name: 'jaeger-agent' }, { name: 'jaeger-collector' }])
        .describe('Pods that are left out.'),
    })
    .prefault({})
    .describe('Pods whose telemetry gets no attributes.'),
  waitForMetadata: z
    .boolean()
    .prefault(false)
    .describe('Whether the start waits until all metadata is there, and fails if it is not in time.'),
  waitForMetadataTimeout: duration().prefault('10s').describe('How long the start waits.'),
  watchSyncPeriod: ignored('the copy of the objects needs no repetition', { schema: duration() }),
  podDeleteGracePeriod: duration()
    .prefault('120s')
    .describe('How long deleted pods are known, for telemetry that arrives late.'),
  maxPods: z
    .int()
    .min(1)
    .prefault(200_000)
    .describe('Pods that are known at once. Further ones are left out, with a warning.'),
});

/** The parsed configuration. */
export type K8sAttributesConfig = z.output<typeof k8sAttributesConfig>;
