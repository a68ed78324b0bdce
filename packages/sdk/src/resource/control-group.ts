/**
 * The id of the container in the text of `/proc/self/cgroup`: the innermost one, for containers may be in containers. Runtimes write it as
 * `docker/ID`, `docker-ID.scope`, `cri-containerd-ID.scope`, `crio-ID.scope/container`, `libpod-ID.scope`, `…slice:cri-containerd:ID`, and Fargate with a
 * number behind it.
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
 * The UID of the pod in it: `pod…` with hyphens, or underscores where systemd names the groups. Pods that a node starts from files have another id there
 * than at the API server, without hyphens, and are left out.
 */
export function podOfControlGroup(text: string): string | undefined {
  for (const path of pathsOf(text)) {
    const uid = POD.exec(path)?.[1];
    if (uid !== undefined) return uid.replaceAll('_', '-');
  }
  return undefined;
}

/** Lines are `number:controllers:path`. */
function pathsOf(text: string): readonly string[] {
  return text.split('\n').map((line) => line.trim().split(':').slice(2).join(':'));
}

/** Podman and CRI-O have a process that watches a container in a group `…-conmon-ID.scope` outside it. */
const CONTAINER = /(?:^|[-:])(?<!conmon-)([0-9a-f]{64}|[0-9a-f]{32}-\d+)(?:\.\w+)?$/;
const POD = /pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})(?:[./:]|$)/;
