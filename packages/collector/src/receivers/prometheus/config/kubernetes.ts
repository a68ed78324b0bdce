import { inputFile, z } from '../../../component/schema.ts';
import { httpClientConfig } from './http-client.ts';

/** What targets are made of. */
export const KUBERNETES_ROLES = ['pod', 'service', 'endpoints', 'endpointslice', 'node', 'ingress'] as const;

/** What targets are made of. */
export type KubernetesRole = (typeof KUBERNETES_ROLES)[number];

/** The roles whose objects a role reads, which selectors can restrict. */
const SELECTABLE: Readonly<Record<KubernetesRole, readonly KubernetesRole[]>> = {
  pod: ['pod', 'node'],
  service: ['service'],
  endpoints: ['pod', 'service', 'endpoints'],
  endpointslice: ['pod', 'service', 'endpointslice'],
  node: ['node'],
  ingress: ['ingress'],
};

const attached = (what: string) => z.boolean().prefault(false).describe(`Whether targets have labels of ${what}.`);

/** Returns the field for Prometheus' `kubernetes_sd_configs`. */
export function kubernetesDiscoveryField() {
  return z
    .array(
      z
        .object({
          role: z.enum(KUBERNETES_ROLES).describe('What targets are made of.'),
          apiServer: z
            .string()
            .optional()
            .describe('URL of the API server. Default: that of the pod, with its service account.'),
          kubeconfigFile: inputFile().optional().describe('Kubeconfig file, instead of `api_server`.'),
          namespaces: z
            .object({
              ownNamespace: z.boolean().prefault(false).describe('Whether the namespace of the pod is read.'),
              names: z.array(z.string()).prefault([]).describe('Namespaces to read.'),
            })
            .prefault({})
            .describe('Namespaces to read. Default: all.'),
          selectors: z
            .array(
              z.object({
                role: z.enum(KUBERNETES_ROLES).describe('Which objects it selects.'),
                label: z.string().prefault('').describe('Label selector.'),
                field: z.string().prefault('').describe('Field selector.'),
              }),
            )
            .prefault([])
            .describe('Selectors of the objects to read.'),
          attachMetadata: z
            .object({
              node: attached('their node'),
              namespace: attached('their namespace'),
              deployment: attached('the deployment of a pod'),
              job: attached('the job of a pod'),
              cronjob: attached('the cron job of a pod'),
            })
            .prefault({})
            .describe('Further objects that are read.'),
          ...httpClientConfig(),
        })
        .superRefine(({ role, selectors, apiServer, kubeconfigFile, namespaces }, issues) => {
          const fail = (path: (string | number)[], message: string): void => {
            issues.addIssue({ code: 'custom', path, message });
          };
          if (apiServer !== undefined && kubeconfigFile !== undefined)
            fail(['kubeconfigFile'], 'expected api_server or kubeconfig_file, got both');
          if (namespaces.ownNamespace && (apiServer ?? kubeconfigFile) !== undefined)
            fail(['namespaces', 'ownNamespace'], 'expected the API server of the pod, got another one');
          selectors.forEach((selector, index) => {
            const allowed = SELECTABLE[role];
            if (!allowed.includes(selector.role))
              fail(
                ['selectors', index, 'role'],
                `expected ${allowed.join(' or ')} for the role ${role}, got ${selector.role}`,
              );
            if (selectors.findIndex((other) => other.role === selector.role) < index)
              fail(['selectors', index, 'role'], `expected one selector per role, got another one of ${selector.role}`);
          });
        }),
    )
    .prefault([])
    .describe('Targets from the Kubernetes API.');
}

/** One entry of `kubernetes_sd_configs`. */
export type KubernetesDiscoveryConfig = z.output<ReturnType<typeof kubernetesDiscoveryField>>[number];
