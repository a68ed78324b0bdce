import type { Cluster } from '../kubernetes/cluster.ts';
import { RIGHT_COLLECTOR, WRONG_OBJECTS } from './wrong-objects.ts';

/** Creates objects that are wrong in one field each, and checks that the API server refuses them and names the field. */
export async function checkWrongObjects(cluster: Cluster) {
  const pathOf = (resource: string): string => `/apis/otelier.dev/v1alpha1/namespaces/default/${resource}?dryRun=All`;
  await cluster.send('POST', pathOf('collectors'), RIGHT_COLLECTOR);
  const mismatches: string[] = [];
  for (const { resource, field, object } of WRONG_OBJECTS) {
    const refused = await cluster.send('POST', pathOf(resource), object).then(
      () => 'accepted',
      (error: Error) => error.message,
    );
    if (!refused.includes(': 422 ') || !namesField(refused, field))
      mismatches.push(`${JSON.stringify(object)}: expected a message that names ${field}, got ${refused}`);
  }
  return { compared: WRONG_OBJECTS.length, mismatches };
}

function namesField(message: string, field: string): boolean {
  const [, after] = message.split(field, 2);
  return after !== undefined && !/^[\w.[]/.test(after);
}
