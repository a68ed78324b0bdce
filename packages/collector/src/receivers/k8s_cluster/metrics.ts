import { metric, type ScrapedMetric } from '../scraping/reading.ts';

/** The metrics of the receiver, with the names and units of the Collector. */
export const CLUSTER_METRICS: Readonly<Record<string, ScrapedMetric>> = {
  'k8s.container.cpu_limit': metric('gauge', 'double', '{cpu}', true, 'Limit of CPUs of the container.'),
  'k8s.container.cpu_request': metric('gauge', 'double', '{cpu}', true, 'CPUs that the container requests.'),
  'k8s.container.ephemeralstorage_limit': bytes(true, 'Limit of ephemeral storage of the container.'),
  'k8s.container.ephemeralstorage_request': bytes(true, 'Ephemeral storage that the container requests.'),
  'k8s.container.memory_limit': bytes(true, 'Limit of memory of the container.'),
  'k8s.container.memory_request': bytes(true, 'Memory that the container requests.'),
  'k8s.container.ready': count('', true, 'Whether the container is ready: 1, or 0.'),
  'k8s.container.restarts': count('{restart}', true, 'Restarts of the container that the kubelet knows of.'),
  'k8s.container.status.reason': sum('{container}', false, 'Whether the container waits or has ended for the reason.'),
  'k8s.container.status.state': sum('{container}', false, 'Whether the container is in the state.'),
  'k8s.container.storage_limit': bytes(true, 'Limit of storage of the container.'),
  'k8s.container.storage_request': bytes(true, 'Storage that the container requests.'),
  'k8s.cronjob.active_jobs': count('{job}', true, 'Running jobs of the cron job.'),
  'k8s.daemonset.current_scheduled_nodes': nodes('Nodes that run the pod and should.'),
  'k8s.daemonset.desired_scheduled_nodes': nodes('Nodes that should run the pod.'),
  'k8s.daemonset.misscheduled_nodes': nodes('Nodes that run the pod and should not.'),
  'k8s.daemonset.ready_nodes': nodes('Nodes that should run the pod and have a ready one.'),
  'k8s.deployment.available': pods('Available pods of the deployment.'),
  'k8s.deployment.desired': pods('Pods that the deployment should have.'),
  'k8s.hpa.current_replicas': pods('Pods that the autoscaler manages.'),
  'k8s.hpa.desired_replicas': pods('Pods that the autoscaler wants.'),
  'k8s.hpa.max_replicas': pods('Upper limit of the autoscaler.'),
  'k8s.hpa.min_replicas': pods('Lower limit of the autoscaler.'),
  'k8s.job.active_pods': pods('Running pods of the job.'),
  'k8s.job.desired_successful_pods': pods('Pods that should succeed for the job to be complete.'),
  'k8s.job.failed_pods': pods('Pods of the job that have failed.'),
  'k8s.job.max_parallel_pods': pods('Pods of the job that may run at the same time.'),
  'k8s.job.successful_pods': pods('Pods of the job that have succeeded.'),
  'k8s.namespace.phase': count('', true, 'Phase of the namespace: 1 active, 0 terminating, -1 unknown.'),
  'k8s.node.condition': count('{condition}', false, 'Conditions of the node: 1 true, 0 false, -1 unknown.'),
  'k8s.persistentvolume.status.phase': sum('{persistentvolume}', false, 'Whether the volume is in the phase.'),
  'k8s.persistentvolume.storage.capacity': sum('By', false, 'Capacity of the volume.'),
  'k8s.persistentvolumeclaim.status.phase': sum('{persistentvolumeclaim}', false, 'Whether the claim is in the phase.'),
  'k8s.persistentvolumeclaim.storage.capacity': sum('By', false, 'Capacity that the bound claim has.'),
  'k8s.persistentvolumeclaim.storage.request': sum('By', false, 'Capacity that the claim requests.'),
  'k8s.pod.phase': count('', true, 'Phase of the pod: 1 pending, 2 running, 3 succeeded, 4 failed, 5 unknown.'),
  'k8s.pod.status_reason': count(
    '',
    false,
    'Reason of the status: 1 Evicted, 2 NodeAffinity, 3 NodeLost, 4 Shutdown, 5 UnexpectedAdmissionError, 6 other.',
  ),
  'k8s.replicaset.available': pods('Available pods of the replica set.'),
  'k8s.replicaset.desired': pods('Pods that the replica set should have.'),
  'k8s.replication_controller.available': pods('Available pods of the replication controller.'),
  'k8s.replication_controller.desired': pods('Pods that the replication controller should have.'),
  'k8s.resource_quota.hard_limit': count('{resource}', true, 'Limit of the quota; CPU requests and limits in 1/1000.'),
  'k8s.resource_quota.used': count('{resource}', true, 'Usage of the quota; CPU requests and limits in 1/1000.'),
  'k8s.service.endpoint.count': count('{endpoint}', false, 'Endpoints of the service by condition, family and zone.'),
  'k8s.service.load_balancer.ingress.count': count('{ingress}', false, 'Addresses of the load balancer.'),
  'k8s.statefulset.current_pods': pods('Pods of the current revision.'),
  'k8s.statefulset.desired_pods': pods('Pods that the stateful set should have.'),
  'k8s.statefulset.pod.available': sum('{pod}', false, 'Available pods of the stateful set.'),
  'k8s.statefulset.ready_pods': pods('Ready pods of the stateful set.'),
  'k8s.statefulset.updated_pods': pods('Pods of the revision that is rolled out.'),
  'openshift.appliedclusterquota.limit': count('{resource}', true, 'Limit of the quota in the namespace.'),
  'openshift.appliedclusterquota.used': count('{resource}', true, 'Usage of the quota in the namespace.'),
  'openshift.clusterquota.limit': count('{resource}', true, 'Limit of the quota.'),
  'openshift.clusterquota.used': count('{resource}', true, 'Usage of the quota.'),
};

/** Attributes of resources, and whether they have them by default. */
export const CLUSTER_ATTRIBUTES: Readonly<Record<string, boolean>> = {
  'container.id': true,
  'container.image.name': true,
  'container.image.tag': true,
  'container.runtime': false,
  'container.runtime.version': false,
  'k8s.container.name': true,
  'k8s.container.status.last_terminated_reason': false,
  'k8s.cronjob.name': true,
  'k8s.cronjob.uid': true,
  'k8s.daemonset.name': true,
  'k8s.daemonset.uid': true,
  'k8s.deployment.name': true,
  'k8s.deployment.uid': true,
  'k8s.hpa.name': true,
  'k8s.hpa.scaletargetref.apiversion': false,
  'k8s.hpa.scaletargetref.kind': false,
  'k8s.hpa.scaletargetref.name': false,
  'k8s.hpa.uid': true,
  'k8s.job.name': true,
  'k8s.job.uid': true,
  'k8s.kubelet.version': false,
  'k8s.namespace.name': true,
  'k8s.namespace.uid': true,
  'k8s.node.name': true,
  'k8s.node.uid': true,
  'k8s.persistentvolume.name': true,
  'k8s.persistentvolume.reclaim_policy': false,
  'k8s.persistentvolume.uid': true,
  'k8s.persistentvolumeclaim.name': true,
  'k8s.persistentvolumeclaim.uid': true,
  'k8s.pod.name': true,
  'k8s.pod.qos_class': false,
  'k8s.pod.uid': true,
  'k8s.replicaset.name': true,
  'k8s.replicaset.uid': true,
  'k8s.replicationcontroller.name': true,
  'k8s.replicationcontroller.uid': true,
  'k8s.resourcequota.name': true,
  'k8s.resourcequota.uid': true,
  'k8s.service.name': true,
  'k8s.service.publish_not_ready_addresses': false,
  'k8s.service.traffic_distribution': false,
  'k8s.service.type': true,
  'k8s.service.uid': true,
  'k8s.statefulset.name': true,
  'k8s.statefulset.uid': true,
  'k8s.storageclass.name': true,
  'openshift.clusterquota.name': true,
  'openshift.clusterquota.uid': true,
  'os.description': false,
  'os.type': false,
};

function count(unit: string, isEnabled: boolean, description: string): ScrapedMetric {
  return metric('gauge', 'int', unit, isEnabled, description);
}

function sum(unit: string, isEnabled: boolean, description: string): ScrapedMetric {
  return metric('sum', 'int', unit, isEnabled, description);
}

function bytes(isEnabled: boolean, description: string): ScrapedMetric {
  return count('By', isEnabled, description);
}

function pods(description: string): ScrapedMetric {
  return count('{pod}', true, description);
}

function nodes(description: string): ScrapedMetric {
  return count('{node}', true, description);
}
