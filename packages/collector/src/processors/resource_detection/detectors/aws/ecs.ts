import { z } from '../../../../component/schema.ts';
import { defineDetector } from '../../detector.ts';
import { fetchJson, required, text } from '../../metadata.ts';

export const ecs = defineDetector({
  attributes: {
    'aws.ecs.cluster.arn': true,
    'aws.ecs.launchtype': true,
    'aws.ecs.task.arn': true,
    'aws.ecs.task.family': true,
    'aws.ecs.task.id': true,
    'aws.ecs.task.revision': true,
    'aws.log.group.arns': true,
    'aws.log.group.names': true,
    'aws.log.stream.arns': true,
    'aws.log.stream.names': true,
    'cloud.account.id': true,
    'cloud.availability_zone': true,
    'cloud.platform': true,
    'cloud.provider': true,
    'cloud.region': true,
  },
  create(_config, { environment, failOnMissingMetadata }) {
    const unlessRequired = (error: unknown): Record<string, never> => {
      if (failOnMissingMetadata) throw error;
      return {};
    };
    const endpoint = [environment['ECS_CONTAINER_METADATA_URI_V4'], environment['ECS_CONTAINER_METADATA_URI']]
      .map((url) => url?.trim())
      .find((url) => url !== undefined && URL.canParse(url));
    return async (signal) => {
      if (endpoint === undefined) return undefined;
      const task = await required('task metadata', fetchJson(`${endpoint}/task`, TASK, { signal }));
      const arn = task.TaskARN.split(':');
      const [region = '', account = ''] = arn.length >= 6 ? arn.slice(3, 5) : [];
      const taskId = arn.length >= 6 ? (arn[5]?.split('/').at(-1) ?? '') : '';
      const launchType = task.LaunchType.toLowerCase();
      return {
        'cloud.provider': 'aws',
        'cloud.platform': 'aws_ecs',
        'aws.ecs.task.arn': task.TaskARN,
        'aws.ecs.task.family': task.Family,
        'aws.ecs.task.revision': task.Revision,
        'aws.ecs.task.id': taskId || undefined,
        'aws.ecs.cluster.arn': task.Cluster.includes(':')
          ? task.Cluster
          : `arn:aws:ecs:${region}:${account}:cluster/${task.Cluster}`,
        'aws.ecs.launchtype': launchType === 'ec2' || launchType === 'fargate' ? launchType : undefined,
        'cloud.account.id': account || undefined,
        'cloud.region': region || undefined,
        'cloud.availability_zone': task.AvailabilityZone || undefined,
        ...(await logAttributes(endpoint, task.Containers, account, signal).catch(unlessRequired)),
      };
    };
  },
});

/** Returns the log attributes of the other containers in the task; none if there is no metadata for this container. */
async function logAttributes(
  endpoint: string,
  containers: readonly Container[],
  account: string,
  signal: AbortSignal,
): Promise<Record<string, string[]>> {
  const own = await fetchJson(endpoint, CONTAINER, { signal });
  const logs = containers
    .filter(
      (container) =>
        container.Type === 'NORMAL' &&
        container.KnownStatus === 'RUNNING' &&
        container.LogDriver === 'awslogs' &&
        container.DockerId !== own.DockerId,
    )
    .map(({ LogOptions }) => LogOptions)
    .filter((options) => Object.values(options).some((value) => value !== ''));
  if (logs.length === 0) return {};
  const groupArn = (log: Log): string =>
    `arn:aws:logs:${log['awslogs-region']}:${account}:log-group:${log['awslogs-group']}`;
  return {
    'aws.log.group.names': logs.map((log) => log['awslogs-group']),
    'aws.log.group.arns': logs.map(groupArn),
    'aws.log.stream.names': logs.map((log) => log['awslogs-stream']),
    'aws.log.stream.arns': logs.map((log) => `${groupArn(log)}:log-stream:${log['awslogs-stream']}`),
  };
}

const LOG = z
  .object({ 'awslogs-group': text(), 'awslogs-region': text(), 'awslogs-stream': text() })
  .prefault({ 'awslogs-group': '', 'awslogs-region': '', 'awslogs-stream': '' });
type Log = z.output<typeof LOG>;

const CONTAINER = z.object({ DockerId: text(), Type: text(), KnownStatus: text(), LogDriver: text(), LogOptions: LOG });
type Container = z.output<typeof CONTAINER>;

const TASK = z.object({
  TaskARN: text(),
  Family: text(),
  Revision: text(),
  Cluster: text(),
  LaunchType: text(),
  AvailabilityZone: text(),
  Containers: z.array(CONTAINER).prefault([]),
});
