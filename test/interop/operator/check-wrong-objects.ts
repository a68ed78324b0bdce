import type { Cluster } from '../kubernetes/cluster.ts';
import { RIGHT_OBJECTS, WRONG_CHANGE, WRONG_OBJECTS } from './wrong-objects.ts';

/**
 * Creates objects that are wrong in one field each, and changes a right one in a wrong way, and checks that the API server
 * refuses that and names the field.
 */
export async function checkWrongObjects(cluster: Cluster) {
  const pathOf = (resource: string): string => `/apis/otelier.dev/v1alpha1/namespaces/default/${resource}`;
  const mismatches: string[] = [];
  const refuses = async (field: string, sent: object, sending: Promise<unknown>): Promise<void> => {
    const refused = await sending.then(
      () => 'accepted',
      (error: Error) => error.message,
    );
    if (!refused.includes(': 422 ') || !namesField(refused, field))
      mismatches.push(`${JSON.stringify(sent)}: expected a message that names ${field}, got ${refused}`);
  };
  for (const { resource, object } of RIGHT_OBJECTS)
    await cluster
      .send('POST', `${pathOf(resource)}?dryRun=All`, object)
      .catch((error: Error) => mismatches.push(`${JSON.stringify(object)}: expected success, got ${error.message}`));
  for (const { resource, field, object } of WRONG_OBJECTS)
    await refuses(field, object, cluster.send('POST', `${pathOf(resource)}?dryRun=All`, object));
  await cluster.send('POST', pathOf('collectors'), RIGHT_OBJECTS[0]?.object);
  const existing = `${pathOf('collectors')}/right`;
  await refuses(WRONG_CHANGE.field, WRONG_CHANGE.change, cluster.send('PATCH', existing, WRONG_CHANGE.change));
  await cluster.send('DELETE', existing);
  const counts = Map.groupBy(WRONG_OBJECTS, ({ resource }) => resource);
  const note = [...counts].map(([resource, objects]) => `${objects.length} ${resource}`).join(', ');
  return {
    compared: RIGHT_OBJECTS.length + WRONG_OBJECTS.length + 1,
    mismatches,
    note: `${RIGHT_OBJECTS.length} right objects accepted; refused: ${note}, 1 change`,
  };
}

function namesField(message: string, field: string): boolean {
  const [, after] = message.split(field, 2);
  return after !== undefined && !/^[\w.[]/.test(after);
}
