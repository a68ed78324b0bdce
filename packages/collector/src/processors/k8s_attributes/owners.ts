import type { ObjectMeta, OwnerReference } from '../../kubernetes/resource.ts';
import type { K8sAttributesConfig } from './config.ts';
import type { MetadataKey } from './metadata-keys.ts';
import { watchesJobs, watchesReplicaSets } from './watched.ts';

type Put = (key: MetadataKey, value: string | undefined) => void;

const TEMPLATE_HASH = 'pod-template-hash';
/** The name of a job that a cron job has created ends with the minutes since the Unix epoch. */
const CRON_JOB_NAME = /^(?<cronJob>.*)-(?<minutes>\d{8})$/;
const MINUTES_PER_DAY = 24 * 60;

/**
 * Returns a function that puts the attributes of the owners of a pod. If replica sets or jobs are watched, the attributes of
 * deployments and cron jobs come from there instead.
 */
export function ownerAttributes(config: K8sAttributesConfig): (metadata: ObjectMeta, put: Put) => void {
  const namesDeployments = !watchesReplicaSets(config);
  const namesCronJobs = !watchesJobs(config);
  return (metadata, put) => {
    for (const { kind, name, uid } of metadata.ownerReferences ?? []) {
      switch (kind) {
        case 'ReplicaSet': {
          put('k8s.replicaset.uid', uid);
          put('k8s.replicaset.name', name);
          const deployment = deploymentName(name, metadata.labels?.[TEMPLATE_HASH]);
          if (namesDeployments) put('k8s.deployment.name', deployment);
          put('service.name', deployment ?? name);
          break;
        }
        case 'DaemonSet':
          put('k8s.daemonset.uid', uid);
          put('k8s.daemonset.name', name);
          put('service.name', name);
          break;
        case 'StatefulSet':
          put('k8s.statefulset.uid', uid);
          put('k8s.statefulset.name', name);
          put('service.name', name);
          break;
        case 'Job': {
          put('k8s.job.uid', uid);
          put('k8s.job.name', name);
          const cronJob = cronJobName(name, metadata.creationTimestamp);
          if (namesCronJobs) put('k8s.cronjob.name', cronJob);
          put('service.name', cronJob ?? name);
          break;
        }
        default:
      }
    }
  };
}

/** Returns the owner that controls an object, if it is of a kind. */
export function controllerOf({ ownerReferences = [] }: ObjectMeta, kind: string): OwnerReference | undefined {
  return ownerReferences.find((owner) => owner.kind === kind && owner.controller === true);
}

/** Returns the name of the deployment that a replica set belongs to, from the hash that both name. */
function deploymentName(replicaSet: string, hash: string | undefined): string | undefined {
  if (!hash || !replicaSet.endsWith(`-${hash}`)) return undefined;
  return replicaSet.slice(0, -hash.length - 1);
}

/** Returns the name of the cron job that a job belongs to, if the time in its name is that of the pod. */
function cronJobName(job: string, created: string | undefined): string | undefined {
  const { cronJob, minutes } = CRON_JOB_NAME.exec(job)?.groups ?? {};
  const podMinutes = Math.floor(Date.parse(created ?? '') / 60_000);
  return Math.abs(podMinutes - Number(minutes)) <= MINUTES_PER_DAY ? cronJob : undefined;
}
