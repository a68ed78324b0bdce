/** One line of `/proc/self/mountinfo`. */
export interface Mount {
  /** The path within the file system that is mounted. */
  readonly source: string;
  /** Where it is mounted. */
  readonly target: string;
}

/** The mounts in the text of `/proc/self/mountinfo`: number, parent, device, source, target and more (proc(5)). */
export function mountsOf(text: string): readonly Mount[] {
  return text.split('\n').map((line) => {
    const [, , , source = '', target = ''] = line.trim().split(' ');
    return { source, target };
  });
}

/** What the kubelet has mounted for a container of a pod. */
export interface PodMounts {
  readonly podUid: string | undefined;
  /** The name of the container in the pod. */
  readonly containerName: string | undefined;
}

/** Reads `pods/UID/etc-hosts` at `/etc/hosts`, and `pods/UID/containers/NAME/…`, where the last words of a container go. */
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

/** Whether the kubelet has mounted something. */
export function isInPod(mounts: readonly Mount[]): boolean {
  return podOfMounts(mounts).podUid !== undefined;
}

const POD_DIRECTORY = /\/pods\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/(?:etc-hosts$|containers\/([^/]+)\/)/;
