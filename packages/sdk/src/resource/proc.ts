/** A line of `/proc/self/mountinfo`. */
export interface Mount {
  /** Path within the mounted file system. */
  readonly source: string;
  /** Mount point. */
  readonly target: string;
}

/** Parses the contents of `/proc/self/mountinfo`: number, parent, device, source, target and more (proc(5)). */
export function mountsOf(text: string): readonly Mount[] {
  return text.split('\n').map((line) => {
    const [, , , source = '', target = ''] = line.trim().split(' ');
    return { source, target };
  });
}

/** Information from the kubelet's mounts. */
export interface PodMounts {
  readonly podUid: string | undefined;
  /** Name of the container within the pod. */
  readonly containerName: string | undefined;
}

/**
 * Reads the pod from mount sources: `pods/UID/etc-hosts`, mounted at `/etc/hosts`, and `pods/UID/containers/NAME/…`,
 * the termination log.
 */
export function podOfMounts(mounts: readonly Mount[]): PodMounts {
  let podUid: string | undefined;
  let containerName: string | undefined;
  for (const { source } of mounts) {
    const match = POD_DIRECTORY.exec(source);
    podUid ??= match?.[1];
    containerName ??= match?.[2];
  }
  return { podUid, containerName };
}

/** Reports whether there are kubelet mounts. */
export function isInPod(mounts: readonly Mount[]): boolean {
  return podOfMounts(mounts).podUid !== undefined;
}

const POD_DIRECTORY = /\/pods\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/(?:etc-hosts$|containers\/([^/]+)\/)/;

/**
 * Returns the container ID from the contents of `/proc/self/cgroup`. If containers are nested, it is the innermost one.
 * Runtimes write `docker/ID`, `docker-ID.scope`, `cri-containerd-ID.scope`, `crio-ID.scope/container`,
 * `libpod-ID.scope` or `…slice:cri-containerd:ID`; Fargate appends a number.
 */
export function containerOfControlGroup(text: string): string | undefined {
  for (const path of pathsOf(text)) {
    const ids = path.split('/').map((part) => CONTAINER.exec(part)?.[1]);
    const id = ids.findLast((one) => one !== undefined);
    if (id !== undefined) return id;
  }
  return undefined;
}

/**
 * Returns the pod UID from the contents of `/proc/self/cgroup`: `pod…` with hyphens, or with underscores if systemd
 * names the groups. Static pods have an ID without hyphens that differs from the API server's and is not returned.
 */
export function podOfControlGroup(text: string): string | undefined {
  for (const path of pathsOf(text)) {
    const uid = POD.exec(path)?.[1];
    if (uid !== undefined) return uid.replaceAll('_', '-');
  }
  return undefined;
}

/** Returns the paths in lines of the form `number:controllers:path`. */
function pathsOf(text: string): readonly string[] {
  return text.split('\n').map((line) => line.trim().split(':').slice(2).join(':'));
}

/**
 * Matches container IDs. Podman and CRI-O run a monitor process in a group `…-conmon-ID.scope` outside the container.
 */
const CONTAINER = /(?:^|[-:])(?<!conmon-)([0-9a-f]{64}|[0-9a-f]{32}-\d+)(?:\.\w+)?$/;
const POD = /pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})(?:[./:]|$)/;
