import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { errorMessage } from '../component/error-message.ts';
import { checkStorage } from '../component/storage/storage-of.ts';
import { type FileLogConfig, fileLogConfig } from './file_log/config.ts';
import { globFinder } from './file_log/glob-paths.ts';
import { createOrder } from './file_log/order.ts';
import { FileLogReceiver } from './file_log/receiver.ts';

export const fileLog = defineReceiver({
  summary: 'Reads log files, also after they are rotated, compressed or truncated, and parses their lines.',
  stability: 'alpha',
  aliases: ['filelog'],
  runsIn: 'main',
  signals: ['logs'],
  config: fileLogConfig,
  examples: [
    {
      title: 'Lines of JSON',
      config: {
        include: ['/var/log/app/*.log'],
        start_at: 'beginning',
        operators: [
          {
            type: 'json_parser',
            timestamp: { parse_from: 'attributes.time', layout: '%Y-%m-%dT%H:%M:%S.%LZ' },
            severity: { parse_from: 'attributes.level' },
          },
        ],
      },
    },
    {
      title: 'Stack traces of several lines',
      config: { include: ['/var/log/app/*.log'], multiline: { line_start_pattern: '^\\d{4}-\\d{2}-\\d{2}' } },
    },
  ],
  describe: ({ include }) => include.join(', '),
  check: (config, use) => [...checkConfig(config), ...checkStorage(config.storage, ['storage'], use)],
  exclusive: ({ include, storage }) => [`file_log:${storage ?? ''}:${include.join(':')}`],
  create: (config, next, context) => {
    if (next.logs === undefined) throw new Error('file_log: expected a pipeline of logs');
    return new FileLogReceiver(config, next.logs, context);
  },
});

function checkConfig({
  include,
  exclude,
  orderingCriteria,
  deleteAfterRead,
  header,
  startAt,
}: FileLogConfig): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const check = (path: readonly (string | number)[], run: () => unknown) => {
    try {
      run();
    } catch (error) {
      issues.push({ path, message: errorMessage(error) });
    }
  };
  for (const [index, glob] of include.entries()) check(['include', index], () => globFinder(glob));
  for (const [index, glob] of exclude.entries()) check(['exclude', index], () => globFinder(glob));
  check(['ordering_criteria'], () => createOrder(orderingCriteria, () => 0));
  for (const [field, isSet] of [
    ['delete_after_read', deleteAfterRead],
    ['header', header !== undefined],
  ] as const)
    if (isSet && startAt === 'end')
      issues.push({ path: [field], message: 'expected start_at: beginning with this field' });
  return issues;
}
