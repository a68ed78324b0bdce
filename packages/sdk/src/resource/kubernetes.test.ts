import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { detectResource } from '../node.ts';
import { makeRoot } from './root.testing.ts';

const POD = '4415fd05-2c0f-4533-909b-f2180dca8d7c';
const KUBERNETES = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
const NAMESPACE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';
const HOSTS = '# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n10.244.1.4\tcart-7d9f8b6c5-x2x9p\n';
const MOUNTS = [
  '612 540 0:52 / / rw,relatime master:270 - overlay overlay rw,lowerdir=/var/lib/x/l/ABC',
  `1535 1517 8:1 /var/lib/kubelet/pods/${POD}/etc-hosts /etc/hosts rw,relatime - ext4 /dev/sda1 rw`,
  `1536 1517 8:1 /var/lib/kubelet/pods/${POD}/containers/cart/4b2c9f11 /dev/termination-log rw,relatime - ext4 /dev/sda1 rw`,
].join('\n');
const IN_POD = {
  [NAMESPACE]: 'shop',
  '/etc/hosts': HOSTS,
  '/etc/hostname': 'cart-7d9f8b6c5-x2x9p\n',
  '/proc/self/cgroup': '0::/\n',
  '/proc/self/mountinfo': MOUNTS,
};

function detect(root: string, environment: Readonly<Record<string, string>> = KUBERNETES) {
  return detectResource({ root, environment, detectors: ['kubernetes'] });
}

describe('a pod', () => {
  test('is detected from mounts of the kubelet', async (t) => {
    assert.deepEqual(await detect(await makeRoot(t, IN_POD)), {
      'k8s.namespace.name': 'shop',
      'k8s.pod.name': 'cart-7d9f8b6c5-x2x9p',
      'k8s.pod.uid': POD,
      'k8s.container.name': 'cart',
    });
  });

  test('is detected from variables with common names', async (t) => {
    const root = await makeRoot(t, IN_POD);
    const variables = {
      POD_NAME: 'p',
      K8S_POD_UID: 'u',
      MY_POD_NAMESPACE: 'n',
      OTEL_RESOURCE_ATTRIBUTES_NODE_NAME: 'node',
    };
    const more = { K8S_CLUSTER_NAME: 'c', K8S_CONTAINER_NAME: 'one', K8S_NODE_NAME: '' };
    assert.deepEqual(await detect(root, { ...KUBERNETES, ...variables, ...more }), {
      'k8s.cluster.name': 'c',
      'k8s.node.name': 'node',
      'k8s.namespace.name': 'n',
      'k8s.pod.name': 'p',
      'k8s.pod.uid': 'u',
      'k8s.container.name': 'one',
    });
  });

  for (const [driver, cgroup] of Object.entries({
    cgroupfs: `11:memory:/kubepods/besteffort/pod${POD}/abc\n`,
    systemd: `0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${POD.replaceAll('-', '_')}.slice/cri-containerd-abc.scope\n`,
    containerd: `11:devices:/system.slice/containerd.service/kubepods-pod${POD.replaceAll('-', '_')}.slice:cri-containerd:abc\n`,
  })) {
    test(`has its UID in control groups: ${driver}`, async (t) => {
      assert.deepEqual(await detect(await makeRoot(t, { '/proc/self/cgroup': cgroup })), { 'k8s.pod.uid': POD });
    });
  }

  test('omits the UID of a static pod, which the API server does not know', async (t) => {
    const cgroup = '11:memory:/kubepods/burstable/pod0123456789abcdef0123456789abcdef/abc\n';
    assert.deepEqual(await detect(await makeRoot(t, { '/proc/self/cgroup': cgroup })), {});
  });

  test('omits the pod name if the host is the node or the name may be truncated', async (t) => {
    const inNetworkOfNode = { ...IN_POD, '/etc/hosts': HOSTS.replace('file.', 'file (host network).') };
    const cut = { ...IN_POD, '/etc/hostname': 'a'.repeat(63) };
    for (const files of [inNetworkOfNode, cut]) {
      assert.equal((await detect(await makeRoot(t, files)))['k8s.pod.name'], undefined);
    }
  });
});

test('detects nothing without Kubernetes', async (t) => {
  assert.deepEqual(await detect(await makeRoot(t, IN_POD), { POD_NAME: 'p' }), {});
});
