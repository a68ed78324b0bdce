import type { K8sAttributesConfig, Owner } from './config.ts';

/** Reports whether labels or annotations of an object are extracted. */
export function extractsFrom({ extract }: K8sAttributesConfig, owner: Owner): boolean {
  return [...extract.labels, ...extract.annotations].some(({ from }) => from === owner);
}

/** Reports whether replica sets are needed, which associate pods with deployments. */
export function watchesReplicaSets(config: K8sAttributesConfig): boolean {
  return (
    config.extract.metadata.includes('k8s.deployment.uid') ||
    extractsFrom(config, 'deployment') ||
    extractsFrom(config, 'replicaset')
  );
}

/** Reports whether jobs are needed, which associate pods with cron jobs. */
export function watchesJobs(config: K8sAttributesConfig): boolean {
  return (
    config.extract.metadata.includes('k8s.cronjob.uid') ||
    extractsFrom(config, 'job') ||
    extractsFrom(config, 'cronjob')
  );
}
