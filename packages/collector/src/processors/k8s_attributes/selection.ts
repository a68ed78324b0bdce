import { RESOURCES, type Selection } from '../../kubernetes/resource.ts';
import type { Environment } from '../../kubernetes/server/api-server.ts';
import type { K8sAttributesConfig } from './config.ts';

/** Returns which pods are watched. Throws if the environment does not name the node. */
export function podSelection({ filter }: K8sAttributesConfig, environment: Environment): Selection {
  const { node, nodeFromEnvVar, namespace, fields, labels } = filter;
  const nodeName = nodeFromEnvVar === '' ? node : environment[nodeFromEnvVar];
  if (nodeName === undefined)
    throw new Error(`filter.node_from_env_var: expected the environment variable ${nodeFromEnvVar}, got none`);
  const fieldTerms = fields.map(({ key, op, value }) => `${key}${op === 'not-equals' ? '!=' : '='}${escaped(value)}`);
  if (nodeName !== '') fieldTerms.push(`spec.nodeName=${escaped(nodeName)}`);
  return {
    ...RESOURCES.pods,
    namespace: namespace || undefined,
    fieldSelector: fieldTerms.join(','),
    labelSelector: labels.map(labelTerm).join(','),
  };
}

function labelTerm({ key, op, value }: K8sAttributesConfig['filter']['labels'][number]): string {
  switch (op) {
    case 'exists':
      return key;
    case 'does-not-exist':
      return `!${key}`;
    case 'not-equals':
      return `${key}!=${value}`;
    default:
      return `${key}=${value}`;
  }
}

/** Escapes the value of a field selector. */
function escaped(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&');
}
