import type { Attributes } from '../attributes/attribute-list.ts';
import { containerOfControlGroup } from './control-group.ts';
import type { DetectionContext } from './detection.ts';
import { isInPod, type Mount, mountsOf } from './mounts.ts';

/**
 * The container's id: from the control groups where they show it (version 1, or version 2 of the host), or from what the runtime has mounted.
 * Pods of containerd on version 2 show it nowhere: what is found there is the id of the pod's sandbox, and is left out.
 */
export async function detectContainer(context: DetectionContext): Promise<Attributes> {
  return { 'container.id': await containerId(context) };
}

/** Whether the program runs in a container, also in one whose id cannot be found. */
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
  // The name of the host belongs to the pod, and is mounted from its sandbox, which is a container of its own.
  const isOfPod = environment['KUBERNETES_SERVICE_HOST'] !== undefined || isInPod(mounts);
  return containerOfMounts(mounts, isOfPod ? OWN_TARGETS : [...OWN_TARGETS, '/etc/hostname']);
}

/** What podman and CRI-O mount for each container by itself. */
const OWN_TARGETS = ['/run/.containerenv', '/run/secrets'];

function containerOfMounts(mounts: readonly Mount[], targets: readonly string[]): string | undefined {
  for (const wanted of targets) {
    for (const { source, target } of mounts) {
      const id = target === wanted ? CONTAINER_DIRECTORY.exec(source)?.[1] : undefined;
      if (id !== undefined) return id;
    }
  }
  return undefined;
}

/** Docker: `containers/ID/`, nerdctl: `containers/NAMESPACE/ID/`, podman and CRI-O: `overlay-containers/ID/`. */
const CONTAINER_DIRECTORY = /\/(?:[a-z]+-)?containers\/(?:[^/]+\/)?([0-9a-f]{64})\//;
