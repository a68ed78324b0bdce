import type { Attributes } from '../attributes/attribute-list.ts';
import type { DetectionContext } from './detection.ts';
import { containerOfControlGroup, isInPod, type Mount, mountsOf } from './proc.ts';

/**
 * Detects the container ID from the control groups, if they contain it (version 1, or version 2 on the host), or else
 * from the runtime's mounts. Pods run by containerd with version 2 do not expose it: only the pod sandbox ID is
 * visible, which is not returned.
 */
export async function detectContainer(context: DetectionContext): Promise<Attributes> {
  return { 'container.id': await containerId(context) };
}

/** Reports whether the program runs in a container, even if the container's ID is unknown. */
export async function isInContainer(context: DetectionContext): Promise<boolean> {
  if (context.environment['KUBERNETES_SERVICE_HOST'] || (await containerId(context)) !== undefined) return true;
  for (const path of ['/.dockerenv', '/run/.containerenv']) {
    if ((await context.readFile(path)) !== undefined) return true;
  }
  return false;
}

async function containerId({ environment, readFile }: DetectionContext): Promise<string | undefined> {
  const fromControlGroup = containerOfControlGroup((await readFile('/proc/self/cgroup')) ?? '');
  if (fromControlGroup !== undefined) return fromControlGroup;
  const mounts = mountsOf((await readFile('/proc/self/mountinfo')) ?? '');
  // The host name belongs to the pod and is mounted from its sandbox, which is a separate container.
  const isOfPod = environment['KUBERNETES_SERVICE_HOST'] !== undefined || isInPod(mounts);
  return containerOfMounts(mounts, isOfPod ? OWN_TARGETS : [...OWN_TARGETS, '/etc/hostname']);
}

/** Files that Podman and CRI-O mount separately for each container. */
const OWN_TARGETS = ['/run/.containerenv', '/run/secrets'];

function containerOfMounts(mounts: readonly Mount[], targets: readonly string[]): string | undefined {
  for (const expectedTarget of targets) {
    for (const { source, target } of mounts) {
      const id = target === expectedTarget ? CONTAINER_DIRECTORY.exec(source)?.[1] : undefined;
      if (id !== undefined) return id;
    }
  }
  return undefined;
}

/** Docker uses `containers/ID/`, nerdctl `containers/NAMESPACE/ID/`, and Podman and CRI-O `overlay-containers/ID/`. */
const CONTAINER_DIRECTORY = /\/(?:[a-z]+-)?containers\/(?:[^/]+\/)?([0-9a-f]{64})\//;
