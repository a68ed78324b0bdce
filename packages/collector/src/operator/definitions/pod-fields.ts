import { DNS_LABEL, integer, list, object, open, quantity, type Schema, text, textMap } from './schema.ts';

/** Returns the schema of variables of a container. */
export function environment(description: string): Schema {
  return list(
    description,
    object(
      'A variable.',
      {
        name: text('Name of the variable.', { minLength: 1, pattern: '^[-._a-zA-Z][-._a-zA-Z0-9]*$' }),
        value: text('Its value.', { maxLength: 32768 }),
        valueFrom: open('Where the value is read from: secretKeyRef, configMapKeyRef, fieldRef or resourceFieldRef.'),
      },
      {
        required: ['name'],
        rules: [
          {
            rule: '!(has(self.value) && has(self.valueFrom))',
            message: 'expected value or valueFrom, got both',
            fieldPath: '.valueFrom',
          },
        ],
      },
    ),
    { key: 'name' },
  );
}

const AMOUNTS: Schema = { type: 'object', maxProperties: 20, additionalProperties: quantity('A quantity.') };

/** Fields that pass to the pods. */
export const POD_FIELDS = {
  env: environment('Variables of the container, which the configuration refers to as `env:NAME`.'),
  envFrom: list('Config maps and secrets whose keys become variables.', open('A source, as in a container.')),
  resources: object('Requests and limits of the container.', {
    requests: { ...AMOUNTS, description: 'What is reserved.' },
    limits: { ...AMOUNTS, description: 'What is the maximum.' },
  }),
  serviceAccount: text('A service account that exists, instead of one of the operator.', {
    pattern: DNS_LABEL,
    maxLength: 253,
  }),
  podAnnotations: textMap('Annotations of the pods.'),
  podLabels: textMap('Labels of the pods.'),
  nodeSelector: textMap('Labels of the nodes that pods run on.'),
  tolerations: list('Taints that the pods tolerate.', open('A toleration, as in a pod.')),
  affinity: open('Affinity, as in a pod.'),
  priorityClassName: text('Priority class of the pods.', { pattern: DNS_LABEL, maxLength: 253 }),
  terminationGracePeriodSeconds: integer('Time that a pod has to deliver what it has accepted.', 0, 3600, 60),
  imagePullSecrets: list(
    'Secrets for the registry of the image.',
    object('A secret.', { name: text('Its name.', { minLength: 1, maxLength: 253 }) }, { required: ['name'] }),
  ),
  volumes: list(
    'Further volumes.',
    {
      ...object(
        'A volume, as in a pod.',
        { name: text('Its name.', { pattern: DNS_LABEL, maxLength: 63 }) },
        { required: ['name'] },
      ),
      'x-kubernetes-preserve-unknown-fields': true,
    },
    { key: 'name' },
  ),
  volumeMounts: list(
    'Where volumes are mounted.',
    {
      ...object(
        'A mount, as in a container.',
        {
          name: text('Name of the volume.', { minLength: 1, maxLength: 63 }),
          mountPath: text('Absolute path in the container.', { pattern: '^/[^:]*$' }),
        },
        { required: ['name', 'mountPath'] },
      ),
      'x-kubernetes-preserve-unknown-fields': true,
    },
    { key: 'mountPath' },
  ),
} as const satisfies Readonly<Record<string, Schema>>;
