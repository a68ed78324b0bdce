import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpRequest } from '../../../../component/http/http-request.ts';
import { z } from '../../../../component/schema.ts';
import { type DetectionContext, MetadataUnavailable } from '../../detector.ts';
import { parseJson } from '../../metadata.ts';
import type { ApiServerSettings } from './api-server-settings.ts';
import { kubeConfigSettings } from './kube-config.ts';

/** A minimal Kubernetes API client. */
export interface KubernetesClient {
  /** Returns the object at a path. Throws a `KubernetesError` for any status other than 200. */
  get<Schema extends z.ZodType>(path: string, schema: Schema, signal: AbortSignal): Promise<z.output<Schema>>;
}

/** Thrown for an API error response. */
export class KubernetesError extends MetadataUnavailable {
  override readonly name: string = 'KubernetesError';
  readonly status: number;

  constructor(path: string, status: number) {
    super(`expected status 200 of ${path}, got ${status}`);
    this.status = status;
  }
}

/** Creates a client. */
export function createKubernetesClient({ url, headers, tls }: ApiServerSettings): KubernetesClient {
  return {
    async get(path, schema, signal) {
      const response = await httpRequest(url + path, { headers, tls, signal }).catch((error: unknown) => {
        throw new MetadataUnavailable(`request of ${url}${path} failed`, { cause: error });
      });
      if (response.status !== 200) throw new KubernetesError(path, response.status);
      return parseJson(path, response.body, schema);
    },
  };
}

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

type ApiConfig = z.output<z.ZodObject<typeof apiConfigFields>>;

/** Returns the API server settings for a configuration. Throws if the process does not run in a cluster. */
export function apiSettings(
  { authType, context, serviceAccountDir }: ApiConfig,
  environment: DetectionContext['environment'],
): ApiServerSettings {
  switch (authType) {
    case 'kubeConfig':
      return kubeConfigSettings(environment, context);
    case 'serviceAccount':
      return inClusterSettings(environment, serviceAccountDir);
    case 'none':
      return { url: serviceUrl(environment), headers: {}, tls: { rejectUnauthorized: false } };
    case 'tls':
      throw new Error('auth_type: expected serviceAccount, kubeConfig or none, got tls');
  }
}

/** Returns the API server settings for a pod. Throws if the process does not run in one. */
export function inClusterSettings(environment: DetectionContext['environment'], directory: string): ApiServerSettings {
  const url = serviceUrl(environment);
  const token = readFileSync(join(directory, 'token'), 'utf8').trim();
  return {
    url,
    headers: { authorization: `Bearer ${token}` },
    tls: { ca: readFileSync(join(directory, 'ca.crt'), 'utf8') },
  };
}

/** Returns the API server URL from the environment of a pod. */
export function serviceUrl(environment: DetectionContext['environment']): string {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (!host || !port)
    throw new Error('expected the environment variables KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, got none');
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
