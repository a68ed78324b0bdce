import { duration, inputFile, z } from '../../../component/schema.ts';
import { dataRecord } from '../../../receivers/prometheus/config/record.ts';

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

/** Returns the field for a selector of labels. */
function labelSelector() {
  return z.object({
    matchLabels: dataRecord(z.string()).prefault({}).describe('Labels that objects have.'),
    matchExpressions: z
      .array(
        z.object({
          key: z.string().min(1).describe('Name of the label.'),
          operator: z.enum(OPERATORS).describe('How the label is compared.'),
          values: z.array(z.string()).prefault([]).describe('Values of `In` and `NotIn`.'),
        }),
      )
      .prefault([])
      .describe('Conditions that labels fulfill.'),
  });
}

/** Returns the field for the monitors of the Prometheus operator. */
export function prometheusCrField() {
  return z
    .object({
      enabled: z.boolean().prefault(false).describe('Whether monitors are read.'),
      scrapeInterval: duration().prefault('30s').describe('Interval of endpoints that do not have one.'),
      serviceMonitorSelector: labelSelector()
        .optional()
        .describe('Labels of the `ServiceMonitor` objects to read; `{}` reads all. Default: none.'),
      podMonitorSelector: labelSelector()
        .optional()
        .describe('Labels of the `PodMonitor` objects to read; `{}` reads all. Default: none.'),
      serviceMonitorNamespaceSelector: labelSelector()
        .prefault({})
        .describe('Labels of the namespaces whose `ServiceMonitor` objects are read. Default: all.'),
      podMonitorNamespaceSelector: labelSelector()
        .prefault({})
        .describe('Labels of the namespaces whose `PodMonitor` objects are read. Default: all.'),
      allowNamespaces: z.array(z.string()).prefault([]).describe('Namespaces whose monitors are read. Default: all.'),
      denyNamespaces: z.array(z.string()).prefault([]).describe('Namespaces whose monitors are not read.'),
      allowFiles: z
        .boolean()
        .prefault(false)
        .describe(
          'Whether monitors can name files, such as `bearerTokenFile`. Everyone who can create monitors can then have collectors send their files to any address.',
        ),
      kubeconfigFile: inputFile()
        .optional()
        .describe('Kubeconfig file. Default: the API server of the pod, with its service account.'),
    })
    .superRefine(({ enabled, serviceMonitorSelector, podMonitorSelector }, issues) => {
      if (!enabled || serviceMonitorSelector !== undefined || podMonitorSelector !== undefined) return;
      const message = 'expected service_monitor_selector or pod_monitor_selector, got neither';
      issues.addIssue({ code: 'custom', path: ['serviceMonitorSelector'], message });
    })
    .prefault({})
    .describe('`ServiceMonitor` and `PodMonitor` objects of the Prometheus operator, whose targets are assigned too.');
}

/** The configuration of monitors. */
export type PrometheusCrConfig = z.output<ReturnType<typeof prometheusCrField>>;
