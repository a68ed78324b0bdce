import { environment } from './pod-fields.ts';
import { IMAGE, list, object, open, quantity, resourceSchema, rulesOf, type Schema, text, textMap } from './schema.ts';

const PROPAGATORS = ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'xray', 'ottrace', 'none'];
const RATIO_SAMPLERS = ['traceidratio', 'parentbased_traceidratio'];
const SAMPLERS = [
  'always_on',
  'always_off',
  'parentbased_always_on',
  'parentbased_always_off',
  ...RATIO_SAMPLERS,
  'jaeger_remote',
  'parentbased_jaeger_remote',
  'xray',
];

const FILE = { minLength: 1, pattern: '^[^,]*$' };

const TLS = object(
  'Certificates, by keys of a secret or config map in the namespace of the pod, or by absolute paths.',
  {
    secretName: text('Secret with the certificates.', { minLength: 1, maxLength: 253 }),
    configMapName: text('Config map with the certificate of the authority. Default: the secret.', {
      minLength: 1,
      maxLength: 253,
    }),
    ca_file: text('Certificate of the authority.', FILE),
    cert_file: text('Certificate of the client.', FILE),
    key_file: text('Key of the client.', FILE),
  },
  {
    rules: [
      {
        rule: 'has(self.cert_file) == has(self.key_file)',
        message: 'expected both cert_file and key_file, or neither',
        fieldPath: '.cert_file',
      },
    ],
  },
);

const EXPORTER = object(
  'Where telemetry goes to.',
  {
    endpoint: text('URL of an OTLP endpoint, such as http://gateway.observability:4318.', {
      pattern: '^https?://[^ /]+(/[^ ]*)?$',
    }),
    tls: TLS,
  },
  {
    rules: [
      {
        rule: "!has(self.tls) || !has(self.endpoint) || self.endpoint.startsWith('https://')",
        message: 'expected an endpoint with https:// beside tls',
        fieldPath: '.endpoint',
      },
    ],
  },
);

const SAMPLER = object(
  'Which traces are sampled.',
  {
    type: { type: 'string', description: 'Name of the sampler.', enum: SAMPLERS },
    argument: text('Its argument, such as the ratio `0.25`.'),
  },
  {
    rules: [
      {
        rule: 'has(self.type) || !has(self.argument)',
        message: 'expected a type beside the argument',
        fieldPath: '.argument',
      },
      {
        rule: `!has(self.argument) || !has(self.type) || !(self.type in ['${RATIO_SAMPLERS.join("', '")}']) || self.argument.matches('^(0|1|0?[.][0-9]+|1[.]0+)$')`,
        message: 'expected a ratio from 0 to 1',
        fieldPath: '.argument',
      },
    ],
  },
);

const AMOUNTS: Schema = { type: 'object', maxProperties: 20, additionalProperties: quantity('A quantity.') };
const RESOURCES = object('Requests and limits of the init container.', {
  requests: { ...AMOUNTS, description: 'What is reserved.' },
  limits: { ...AMOUNTS, description: 'What is the maximum.' },
});

function language(title: string, resources: string, further: Readonly<Record<string, Schema>> = {}): Schema {
  return object(
    `Instrumentation of ${title}.`,
    {
      image: text('Image with the instrumentation. Default: that of the OpenTelemetry operator.', { pattern: IMAGE }),
      env: environment('Variables of instrumented containers, unless they have them.'),
      volumeLimitSize: quantity('Size of the volume with the instrumentation. Default: 200Mi.'),
      volumeClaimTemplate: open('A claim for the volume, instead of an empty directory.'),
      [resources]: RESOURCES,
      ...further,
    },
    {
      rules: [
        {
          rule: '!(has(self.volumeLimitSize) && has(self.volumeClaimTemplate))',
          message: 'expected volumeLimitSize or volumeClaimTemplate, got both',
          fieldPath: '.volumeLimitSize',
        },
      ],
    },
  );
}

const EXTENSIONS = list(
  'Extensions of the agent.',
  object(
    'An extension.',
    { image: text('Its image.', { pattern: IMAGE }), dir: text('Directory in the image.', { pattern: '^/' }) },
    { required: ['image', 'dir'] },
  ),
  { maxItems: 20 },
);

const SPEC = object('What is injected.', {
  exporter: EXPORTER,
  propagators: list(
    'Formats in which the context is propagated.',
    { type: 'string', description: 'Name of a format.', enum: PROPAGATORS },
    { 'x-kubernetes-list-type': 'set', maxItems: 8 },
  ),
  sampler: SAMPLER,
  resource: object('Attributes of resources.', {
    resourceAttributes: textMap('Attributes of all containers.', {
      ...rulesOf([
        {
          rule: "self.all(name, name != '' && !name.contains(',') && !name.contains('='))",
          message: 'expected names without a comma and an equals sign',
        },
        { rule: "self.all(name, !self[name].contains(','))", message: 'expected values without a comma' },
      ]),
    }),
    addK8sUIDAttributes: { type: 'boolean', description: 'Whether UIDs of the pod and its owners are attributes.' },
  }),
  defaults: object('Where values come from.', {
    useLabelsForResourceAttributes: {
      type: 'boolean',
      description: 'Whether the labels `app.kubernetes.io/{instance,name,version}` name the service and its version.',
    },
  }),
  env: environment('Variables of all instrumented containers, unless they have them.'),
  java: language('Java', 'resources', { extensions: EXTENSIONS }),
  nodejs: language('Node.js', 'resourceRequirements'),
  python: language('Python', 'resourceRequirements'),
  imagePullPolicy: {
    type: 'string',
    description: 'When images are pulled. Default: as for other containers.',
    enum: ['Always', 'IfNotPresent', 'Never'],
  },
  initContainerSecurityContext: open('Security context of the init containers. Default: that of the container.'),
});

/** The schema of `Instrumentation` objects. */
export const INSTRUMENTATION_SCHEMA: Schema = resourceSchema(
  'What the webhook injects into pods whose annotations ask for it.',
  { ...SPEC, default: {} },
  { status: { images: textMap('Images that are used, by language.') } },
);
