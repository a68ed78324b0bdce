import { defineReceiver } from '../component/define.ts';
import { checkStorage } from '../component/storage/storage-of.ts';
import { checkFiles } from './file_log/check.ts';
import { fileLogConfig } from './file_log/config.ts';
import { FileLogReceiver } from './file_log/receiver.ts';
import { createSink } from './file_log/sinks/create-sink.ts';

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
  check: (config, use) => [...checkFiles(config), ...checkStorage(config.storage, ['storage'], use)],
  exclusive: ({ include, storage }) => [`file_log:${storage ?? ''}:${include.join(':')}`],
  create: (config, next, context) => {
    if (next.logs === undefined) throw new Error('file_log: expected a pipeline of logs');
    return new FileLogReceiver(config, next, context, createSink(config, context));
  },
});
