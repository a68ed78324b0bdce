import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Cluster } from '../kubernetes/cluster.ts';
import { until } from './webhook.ts';

const CRDS = join(import.meta.dirname, '../../../deploy/operator/crds');
const PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Creates the definitions of the operator's objects, and waits until they are served. */
export async function createDefinitions(cluster: Cluster): Promise<void> {
  for (const file of await readdir(CRDS)) {
    const definition = parse(await readFile(join(CRDS, file), 'utf8')) as {
      readonly metadata: { readonly name: string };
    };
    await cluster.send('POST', PATH, definition);
    const [resource] = definition.metadata.name.split('.');
    const isServed = () =>
      cluster.send('GET', `/apis/otelier.dev/v1alpha1/${resource}`).then(
        () => true,
        () => false,
      );
    await until(isServed, `${resource} served`);
  }
}
