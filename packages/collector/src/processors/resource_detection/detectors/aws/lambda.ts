import { defineDetector } from '../../detector.ts';

export const lambda = defineDetector({
  attributes: {
    'aws.log.group.names': true,
    'aws.log.stream.names': true,
    'cloud.platform': true,
    'cloud.provider': true,
    'cloud.region': true,
    'faas.instance': true,
    'faas.max_memory': true,
    'faas.name': true,
    'faas.version': true,
  },
  create:
    (_config, { environment }) =>
    async () => {
      const name = environment['AWS_LAMBDA_FUNCTION_NAME'];
      if (!name) return undefined;
      const group = environment['AWS_LAMBDA_LOG_GROUP_NAME'];
      const stream = environment['AWS_LAMBDA_LOG_STREAM_NAME'];
      return {
        'cloud.provider': 'aws',
        'cloud.platform': 'aws_lambda',
        'cloud.region': environment['AWS_REGION'],
        'faas.name': name,
        'faas.version': environment['AWS_LAMBDA_FUNCTION_VERSION'],
        'faas.instance': stream,
        'faas.max_memory': environment['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
        'aws.log.group.names': group === undefined ? undefined : [group],
        'aws.log.stream.names': stream === undefined ? undefined : [stream],
      };
    },
});
