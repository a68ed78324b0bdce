import { stringify } from 'yaml';
import { customResourceDefinitions } from '../../packages/collector/src/operator/definitions/custom-resources.ts';

/** Returns the manifests of the operator's object types by path. */
export function customResourceManifests(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    customResourceDefinitions().map((definition) => [
      `deploy/operator/crds/${definition.metadata.name}.yaml`,
      stringify(definition, { lineWidth: 0, aliasDuplicateObjects: false }),
    ]),
  );
}
