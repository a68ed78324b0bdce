import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { detectResource } from '../node.ts';
import { makeRoot } from './root.testing.ts';

const ID = '5b8f1c9e7a3d2046f0e1b2c3d4a5968778695a4b3c2d1e0f60427d3a9e1c8f5b';
const OTHER = 'e4063ff6a2b81d7c95e0f3a4b5c6d7e8f9012345678901234567890abcdef012';
const POD = '4415fd05-2c0f-4533-909b-f2180dca8d7c';
const POD_SLICE = POD.replaceAll('-', '_');
const KUBERNETES = { KUBERNETES_SERVICE_HOST: '10.96.0.1' };

/** A process's files in `/proc/self`. */
interface Sample {
  readonly cgroup: string;
  readonly mountinfo?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly id: string | undefined;
}

const ROOT_MOUNT =
  '612 540 0:52 / / rw,relatime master:270 - overlay overlay rw,lowerdir=/var/lib/x/l/ABC,upperdir=/var/lib/x/diff';

const SAMPLES: Readonly<Record<string, Sample>> = {
  'docker, version 1': {
    cgroup: `12:pids:/docker/${ID}\n11:hugetlb:/docker/${ID}\n1:name=systemd:/docker/${ID}\n0::/system.slice/containerd.service\n`,
    id: ID,
  },
  'docker by systemd, version 1': {
    cgroup: `10:devices:/system.slice/docker-${ID}.scope\n1:name=systemd:/system.slice/docker-${ID}.scope\n`,
    id: ID,
  },
  'docker in docker, version 1': { cgroup: `9:name=systemd:/docker/${OTHER}/docker/${ID}\n`, id: ID },
  'docker, version 2': {
    cgroup: '0::/\n',
    mountinfo: [
      ROOT_MOUNT,
      `628 612 254:1 /docker/containers/${ID}/resolv.conf /etc/resolv.conf rw,relatime - ext4 /dev/vda1 rw`,
      `629 612 254:1 /docker/containers/${ID}/hostname /etc/hostname rw,relatime - ext4 /dev/vda1 rw`,
      `630 612 254:1 /docker/containers/${ID}/hosts /etc/hosts rw,relatime - ext4 /dev/vda1 rw`,
    ],
    id: ID,
  },
  'docker, version 2 of the host': { cgroup: `0::/system.slice/docker-${ID}.scope\n`, id: ID },
  'docker that mounts the directory of another container': {
    cgroup: '0::/\n',
    mountinfo: [`700 612 254:1 /var/lib/docker/containers/${OTHER}/log /watched rw,relatime - ext4 /dev/vda1 rw`],
    id: undefined,
  },
  nerdctl: {
    cgroup: '0::/\n',
    mountinfo: [
      ROOT_MOUNT,
      `801 780 8:1 /var/lib/nerdctl/1935db59/containers/default/${ID}/hostname /etc/hostname rw,relatime - ext4 /dev/sda1 rw`,
    ],
    id: ID,
  },
  'podman, version 1': { cgroup: `9:memory:/machine.slice/libpod-${ID}.scope\n`, id: ID },
  'podman, version 2 of the host': { cgroup: `0::/machine.slice/libpod-${ID}.scope/container\n`, id: ID },
  'podman without root, version 2': {
    cgroup: '0::/\n',
    mountinfo: [
      ROOT_MOUNT,
      `1096 1088 0:104 /containers/overlay-containers/${ID}/userdata/hostname /etc/hostname rw,nosuid,nodev,relatime - tmpfs tmpfs rw,uid=1000`,
      `1097 1088 0:104 /containers/overlay-containers/${ID}/userdata/.containerenv /run/.containerenv rw,nosuid,nodev,relatime - tmpfs tmpfs rw`,
    ],
    id: ID,
  },
  'the monitor process of a podman container': {
    cgroup: `0::/machine.slice/libpod-conmon-${ID}.scope\n`,
    id: undefined,
  },
  'Kubernetes with docker, version 1': {
    cgroup: `11:cpuset:/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${POD_SLICE}.slice/docker-${ID}.scope\n`,
    environment: KUBERNETES,
    id: ID,
  },
  'Kubernetes with docker, version 2': {
    cgroup: '0::/\n',
    mountinfo: [
      ROOT_MOUNT,
      `2327 2307 8:1 /var/lib/docker/containers/${OTHER}/hostname /etc/hostname rw,relatime - ext4 /dev/sda1 rw`,
      `2328 2307 8:1 /var/lib/kubelet/pods/${POD}/etc-hosts /etc/hosts rw,relatime - ext4 /dev/sda1 rw`,
    ],
    id: undefined,
  },
  'Kubernetes with containerd, version 1': {
    cgroup: `11:devices:/kubepods/besteffort/pod${POD}/${ID}\n10:memory:/kubepods/besteffort/pod${POD}/${ID}\n`,
    environment: KUBERNETES,
    id: ID,
  },
  'Kubernetes with containerd by systemd, version 1': {
    cgroup: `11:perf_event:/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD_SLICE}.slice/cri-containerd-${ID}.scope\n`,
    environment: KUBERNETES,
    id: ID,
  },
  'Kubernetes with containerd, groups within its service': {
    cgroup: `11:devices:/system.slice/containerd.service/kubepods-pod${POD_SLICE}.slice:cri-containerd:${ID}\n`,
    environment: KUBERNETES,
    id: ID,
  },
  'Kubernetes with containerd, version 2 of the host': {
    cgroup: `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD_SLICE}.slice/cri-containerd-${ID}.scope\n`,
    environment: KUBERNETES,
    id: ID,
  },
  'Kubernetes with containerd, version 2: the sandbox is not the container': {
    cgroup: '0::/\n',
    mountinfo: [
      ROOT_MOUNT,
      `1535 1517 8:1 /var/lib/kubelet/pods/${POD}/etc-hosts /etc/hosts rw,relatime - ext4 /dev/sda1 rw`,
      `1537 1517 8:1 /var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/${OTHER}/hostname /etc/hostname rw,relatime - ext4 /dev/sda1 rw`,
    ],
    environment: KUBERNETES,
    id: undefined,
  },
  'Kubernetes with CRI-O, version 1': {
    cgroup: `12:cpuset:/kubepods.slice/kubepods-pod${POD_SLICE}.slice/crio-${ID}.scope\n`,
    environment: KUBERNETES,
    id: ID,
  },
  'Kubernetes with CRI-O and crun, version 2 of the host': {
    cgroup: `0::/kubepods.slice/kubepods-pod${POD_SLICE}.slice/crio-${ID}.scope/container\n`,
    environment: KUBERNETES,
    id: ID,
  },
  'Kubernetes with CRI-O, version 2': {
    cgroup: '0::/\n',
    mountinfo: [
      ROOT_MOUNT,
      `1821 1790 0:23 /containers/storage/overlay-containers/${OTHER}/userdata/hostname /etc/hostname rw,nosuid,nodev - tmpfs tmpfs rw`,
      `1822 1790 0:23 /containers/storage/overlay-containers/${ID}/userdata/run/secrets /run/secrets rw,nosuid,nodev - tmpfs tmpfs rw`,
      `1823 1790 253:0 /var/lib/kubelet/pods/${POD}/etc-hosts /etc/hosts rw,relatime - xfs /dev/mapper/root rw`,
    ],
    environment: KUBERNETES,
    id: ID,
  },
  'a process in a group below the container’s': {
    cgroup: `11:freezer:/kubepods/besteffort/pod${POD}/${ID}/kube-proxy\n`,
    environment: KUBERNETES,
    id: ID,
  },
  'ECS on Fargate': {
    cgroup: '9:perf_event:/ecs/34dc0b5e626f2c5c4c5170e34b10e765/34dc0b5e626f2c5c4c5170e34b10e765-1234567890\n',
    id: '34dc0b5e626f2c5c4c5170e34b10e765-1234567890',
  },
  'the session of a user': {
    cgroup: '13:name=systemd:/user/1000.user/c2.session\n11:hugetlb:/user/1000.user/c2.session\n1:cpuset:/\n',
    mountinfo: ['27 1 254:0 / / rw,relatime - ext4 /dev/vda rw', '22 27 0:21 / /proc rw,relatime - proc proc rw'],
    id: undefined,
  },
  'names that are not IDs': {
    cgroup: `3:cpu:/docker/${ID}0\n2:cpu:/docker/${ID.slice(1)}z\n4:memory:/jobs/9461077efa372cfa06992b3a5f5fe069\n`,
    id: undefined,
  },
  'malformed files': {
    cgroup: '\u0000\n:\n::\n1\n',
    mountinfo: ['', 'x', '1 2 3'],
    id: undefined,
  },
};

describe('detects the container ID, or omits it', () => {
  for (const [name, { cgroup, mountinfo = [], environment = {}, id }] of Object.entries(SAMPLES)) {
    test(name, async (t) => {
      const files = { '/proc/self/cgroup': cgroup, '/proc/self/mountinfo': `${mountinfo.join('\n')}\n` };
      const root = await makeRoot(t, files);
      const found = await detectResource({ root, environment, detectors: ['container'] });
      assert.deepEqual(found, id === undefined ? {} : { 'container.id': id });
    });
  }

  test('a system without these files', async (t) => {
    assert.deepEqual(await detectResource({ root: await makeRoot(t, {}), detectors: ['container'] }), {});
  });
});

describe('the machine ID', () => {
  const MACHINE = 'fdbf79e8af94cb7f9e8df36789187052';
  const idIn = async (root: string, environment = {}) =>
    (await detectResource({ root, environment, detectors: ['host'] }))['host.id'];

  test('is that of systemd, or else of D-Bus', { skip: process.platform !== 'linux' }, async (t) => {
    const files = { '/etc/machine-id': `${MACHINE}\n`, '/var/lib/dbus/machine-id': OTHER.slice(0, 32) };
    assert.equal(await idIn(await makeRoot(t, files)), MACHINE);
    assert.equal(await idIn(await makeRoot(t, { '/var/lib/dbus/machine-id': MACHINE })), MACHINE);
    const atFirstStart = { '/etc/machine-id': 'uninitialized\n', '/var/lib/dbus/machine-id': '' };
    assert.equal(await idIn(await makeRoot(t, atFirstStart)), undefined);
  });

  test('is omitted in containers, where it comes from the image', async (t) => {
    const machine = { '/etc/machine-id': MACHINE };
    const traces = [
      { '/proc/self/cgroup': `0::/docker-${ID}.scope` },
      { '/.dockerenv': '' },
      { '/run/.containerenv': '' },
    ];
    for (const trace of traces) assert.equal(await idIn(await makeRoot(t, { ...machine, ...trace })), undefined);
    assert.equal(await idIn(await makeRoot(t, machine), KUBERNETES), undefined);
  });
});
