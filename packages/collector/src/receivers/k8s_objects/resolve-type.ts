import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { ResourceType } from '../../kubernetes/resource.ts';

/** A list of resource types in the discovery API. */
interface ResourceList {
  readonly groupVersion: string;
  readonly resources?: readonly { readonly name: string; readonly verbs?: readonly string[] }[];
}

interface GroupList {
  readonly groups?: readonly {
    readonly name: string;
    readonly preferredVersion?: { readonly groupVersion: string };
  }[];
}

/**
 * Asks the API server for the resource type of a name such as `pods`: in a group, or in the first one that has it. Rejects if
 * there is none.
 */
export async function resolveType(
  client: KubernetesClient,
  name: string,
  group: string | undefined,
  signal: AbortSignal,
): Promise<ResourceType> {
  const seen: string[] = [];
  for (const path of await groupPaths(client, group, signal)) {
    const body = await client.read(path, signal);
    const list = body === undefined ? undefined : (JSON.parse(body) as ResourceList);
    const found = list?.resources?.find((one) => one.name === name);
    if (list !== undefined && found !== undefined) {
      const [first = '', second] = list.groupVersion.split('/');
      return second === undefined
        ? { group: '', version: first, resource: name }
        : { group: first, version: second, resource: name };
    }
    seen.push(...(list?.resources ?? []).map((one) => one.name).filter((one) => !one.includes('/')));
  }
  const where = group === undefined ? '' : ` in the group ${group}`;
  throw new Error(`expected a resource${where} such as ${seen.slice(0, 20).join(', ')}, got ${name}`);
}

/** Returns the paths of the preferred versions of groups, the core group first. */
async function groupPaths(
  client: KubernetesClient,
  group: string | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (group === '') return ['/api/v1'];
  const { groups = [] } = JSON.parse((await client.read('/apis', signal)) ?? '{}') as GroupList;
  const others = groups
    .filter(({ name }) => group === undefined || name === group)
    .flatMap(({ preferredVersion }) =>
      preferredVersion === undefined ? [] : [`/apis/${preferredVersion.groupVersion}`],
    );
  return group === undefined ? ['/api/v1', ...others] : others;
}
