import { defineReceiver } from '../component/define.ts';
import { checkJournald, journaldConfig } from './journald/config.ts';
import { JournaldReceiver } from './journald/receiver.ts';

export const journald = defineReceiver({
  summary: 'Reads the journal of systemd with the program journalctl.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['logs'],
  config: journaldConfig,
  examples: [
    { title: 'New warnings and errors of two units', config: { units: ['nginx', 'ssh'], priority: 'warning' } },
    {
      title: 'All entries of journal files, with the message as the body',
      config: {
        directory: '/var/log/journal',
        start_at: 'beginning',
        operators: [
          {
            type: 'move',
            from: 'body._SYSTEMD_UNIT',
            to: 'attributes["systemd.unit"]',
            if: 'body._SYSTEMD_UNIT != nil',
          },
          { type: 'move', from: 'body.MESSAGE', to: 'body' },
        ],
      },
    },
  ],
  describe: ({ units, directory, files }) =>
    [...units, ...(directory === undefined ? files : [directory])].join(', ') || 'the journal of the host',
  check: checkJournald,
  create: (config, next, context) => {
    if (next.logs === undefined) throw new Error(`${context.id}: expected a pipeline of logs`);
    return new JournaldReceiver(config, next.logs, context);
  },
});
