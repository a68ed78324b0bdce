import { z } from '../../component/schema.ts';
import { type ApiServer, apiServer, type Environment, inClusterServer, serviceUrl } from './api-server.ts';
import { kubeConfigServer } from './kube-config.ts';

/** The fields of the Collector's `k8sconfig.APIConfig`. */
export const apiConfigFields = {
  authType: z
    .enum(['none', 'serviceAccount', 'kubeConfig', 'tls'])
    .prefault('serviceAccount')
    .describe(
      'Authentication: `serviceAccount` of the pod, `kubeConfig` (the file of `KUBECONFIG` or `~/.kube/config`), or `none`, which skips verification of the server certificate. `tls` is accepted as in the Collector, which cannot start with it.',
    ),
  context: z.string().prefault('').describe('Context of the kubeconfig file. Default: its current context.'),
  kubeApiQps: z.number().min(0).prefault(0).describe('Accepted: few requests are sent, none in parallel.'),
  kubeApiBurst: z.int().min(0).prefault(0).describe('Accepted: few requests are sent, none in parallel.'),
  serviceAccountDir: serviceAccountDirField(),
};

/** Returns the field for the service account directory. */
export function serviceAccountDirField() {
  return z
    .string()
    .prefault('/var/run/secrets/kubernetes.io/serviceaccount')
    .describe('Directory that contains the `token` and `ca.crt` files of the service account.');
}

/** The parsed fields. */
export type ApiConfig = z.output<z.ZodObject<typeof apiConfigFields>>;

/** Returns the API server of a configuration. Throws if the environment or the files do not name one. */
export function configuredServer(
  { authType, context, serviceAccountDir }: Pick<ApiConfig, 'authType' | 'context' | 'serviceAccountDir'>,
  environment: Environment,
): ApiServer {
  switch (authType) {
    case 'kubeConfig':
      return kubeConfigServer(environment, { context });
    case 'serviceAccount':
      return inClusterServer(environment, serviceAccountDir);
    case 'none':
      return apiServer(serviceUrl(environment), () => ({ headers: {}, tls: { rejectUnauthorized: false } }));
    case 'tls':
      throw new Error('auth_type: expected serviceAccount, kubeConfig or none, got tls');
  }
}
