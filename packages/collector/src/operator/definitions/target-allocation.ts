import { POD_FIELDS } from './pod-fields.ts';
import { PROMETHEUS_CR } from './prometheus-cr.ts';
import {
  choice,
  DNS_LABEL,
  DNS_SUBDOMAIN,
  IMAGE,
  integer,
  list,
  nameRules,
  object,
  open,
  resourceSchema,
  type Schema,
  text,
} from './schema.ts';

const HAS_JOBS = {
  rule: 'has(self.scrapeConfigs) || (has(self.prometheusCR) && self.prometheusCR.enabled)',
  message: 'expected at least 1 item or prometheusCR.enabled, got neither',
  fieldPath: '.scrapeConfigs',
};

const SPEC = object(
  'Targets, and the collector whose pods scrape them.',
  {
    collector: text('Name of the `Collector` in the namespace, whose receivers name the allocator.', {
      pattern: DNS_LABEL,
      maxLength: 52,
    }),
    strategy: choice(
      'How targets are assigned to pods: by hashing, or to the pod on the node of the target.',
      ['consistent-hashing', 'per-node'],
      'consistent-hashing',
    ),
    replicas: integer('Number of pods of the allocator, which assign targets in the same way.', 1, 10, 1),
    image: text('Image of the allocator. Default: that of the operator.', { pattern: IMAGE }),
    resources: POD_FIELDS.resources,
    tls: object(
      'TLS of the allocator: it serves HTTPS at port 8443, only to clients with a certificate of the same authority.',
      {
        secretName: text(
          'Secret in the namespace with tls.crt, tls.key and ca.crt, such as of cert-manager. The names of the certificate include that of the service.',
          { pattern: DNS_SUBDOMAIN, maxLength: 253 },
        ),
      },
      { required: ['secretName'] },
    ),
    global: open('Fields of scrape configurations that do not have them, such as `scrape_interval`.'),
    scrapeConfigs: list(
      'Scrape configurations as Prometheus has them.',
      {
        type: 'object',
        description: 'A scrape configuration.',
        required: ['job_name'],
        properties: { job_name: text('Name of the job.', { minLength: 1 }) },
        'x-kubernetes-preserve-unknown-fields': true,
      },
      { key: 'job_name', minItems: 1 },
    ),
    prometheusCR: PROMETHEUS_CR,
  },
  { required: ['collector'], rules: [HAS_JOBS] },
);

/** The schema of `TargetAllocation` objects. */
export const TARGET_ALLOCATION_SCHEMA: Schema = resourceSchema(
  'Prometheus targets that are distributed over the pods of a collector.',
  SPEC,
  { required: ['spec'], rules: nameRules(44, 'that of the allocator is longer') },
);
