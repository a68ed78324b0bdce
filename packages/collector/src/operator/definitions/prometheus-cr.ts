import { choice, list, object, type Schema, text, textMap } from './schema.ts';

const NAMES = { type: 'string', minLength: 1, maxLength: 63 } as const;

/** Returns a selector of labels. */
function labelSelector(description: string): Schema {
  return object(description, {
    matchLabels: textMap('Labels that objects have.'),
    matchExpressions: list(
      'Conditions that labels fulfill.',
      object(
        'A condition of a label.',
        {
          key: text('Name of the label.', { minLength: 1, maxLength: 317 }),
          operator: choice('How the label is compared.', ['In', 'NotIn', 'Exists', 'DoesNotExist']),
          values: list('Values of `In` and `NotIn`.', { type: 'string', maxLength: 63 }),
        },
        { required: ['key', 'operator'] },
      ),
    ),
  });
}

/** The schema of the monitors of the Prometheus operator that an allocator reads. */
export const PROMETHEUS_CR = object(
  '`ServiceMonitor` and `PodMonitor` objects of the Prometheus operator, whose targets are assigned too.',
  {
    enabled: { type: 'boolean', description: 'Whether monitors are read.', default: false },
    scrapeInterval: text('Interval of endpoints that do not have one. Default: `30s`.', {
      pattern: '^([0-9]+(ms|s|m|h))+$',
      maxLength: 32,
    }),
    serviceMonitorSelector: labelSelector('Labels of the `ServiceMonitor` objects; `{}` reads all. Default: none.'),
    podMonitorSelector: labelSelector('Labels of the `PodMonitor` objects; `{}` reads all. Default: none.'),
    serviceMonitorNamespaceSelector: labelSelector(
      'Labels of the namespaces whose `ServiceMonitor` objects are read. Default: all.',
    ),
    podMonitorNamespaceSelector: labelSelector(
      'Labels of the namespaces whose `PodMonitor` objects are read. Default: all.',
    ),
    allowNamespaces: list('Namespaces whose monitors are read. Default: all.', NAMES),
    denyNamespaces: list('Namespaces whose monitors are not read.', NAMES),
    allowFiles: {
      type: 'boolean',
      description:
        'Whether monitors can name files, such as `bearerTokenFile`. Everyone who can create monitors can then have collectors send their files to any address.',
      default: false,
    },
  },
  {
    rules: [
      {
        rule: '!self.enabled || has(self.serviceMonitorSelector) || has(self.podMonitorSelector)',
        message: 'expected serviceMonitorSelector or podMonitorSelector, got neither',
        fieldPath: '.serviceMonitorSelector',
      },
    ],
  },
);
