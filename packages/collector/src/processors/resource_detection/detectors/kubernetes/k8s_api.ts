import { z } from '../../../../component/schema.ts';
import { apiConfigFields, configuredServer } from '../../../../kubernetes/server/config.ts';
import { defineDetector } from '../../detector.ts';
import { required } from '../../metadata.ts';
import { createObjectReader, KubernetesError } from './client.ts';

export const k8sApi = defineDetector({
  attributes: { 'k8s.cluster.uid': true, 'k8s.node.name': true, 'k8s.node.uid': true },
  options: {
    ...apiConfigFields,
    nodeFromEnvVar: z
      .string()
      .prefault('K8S_NODE_NAME')
      .describe('Environment variable that contains the node name, set by the downward API.'),
  },
  empty: 'nothing',
  create({ nodeFromEnvVar, resourceAttributes, ...config }, { environment, logger }) {
    const variable = nodeFromEnvVar || 'K8S_NODE_NAME';
    const nodeName = environment[variable];
    if (!nodeName) throw new Error(`expected the name of the node in the environment variable ${variable}, got none`);
    const client = createObjectReader(configuredServer(config, environment));
    const isEnabled = (key: keyof typeof resourceAttributes): boolean => resourceAttributes[key].enabled;
    return async (signal) => {
      const wantsNode = isEnabled('k8s.node.uid') || isEnabled('k8s.node.name');
      const node = wantsNode
        ? (await client.get(`/api/v1/nodes/${encodeURIComponent(nodeName)}`, OBJECT, signal)).metadata
        : undefined;
      const found = { 'k8s.node.uid': node?.uid, 'k8s.node.name': node?.name };
      if (!isEnabled('k8s.cluster.uid')) return found;
      try {
        const namespace = await client.get(KUBE_SYSTEM, OBJECT, signal);
        if (namespace.metadata.uid === '') throw new Error('expected a UID of the namespace, got none');
        return { ...found, 'k8s.cluster.uid': namespace.metadata.uid };
      } catch (error) {
        const isForbidden = error instanceof KubernetesError && (error.status === 401 || error.status === 403);
        if (!isForbidden) return required('k8s.cluster.uid', Promise.reject(error));
        logger.warn('no permission to get the namespace kube-system, leaving out k8s.cluster.uid');
        return found;
      }
    };
  },
});

/** The namespace whose UID identifies the cluster. */
export const KUBE_SYSTEM = '/api/v1/namespaces/kube-system';

/** An API object. */
export const OBJECT = z.object({ metadata: z.object({ name: z.string().prefault(''), uid: z.string().prefault('') }) });
