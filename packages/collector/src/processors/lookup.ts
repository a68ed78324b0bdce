import { issuesOf } from '../component/check.ts';
import { defineProcessor } from '../component/define.ts';
import { createEnricher } from '../component/lookup/enricher.ts';
import { createRewriter } from '../component/rewriter.ts';
import { formatCount } from '../component/units.ts';
import { evaluationContext } from '../ottl/evaluation-context.ts';
import { Subject } from '../ottl/record/subject.ts';
import { lookupConfig } from './lookup/config.ts';
import { compileLookupKey, compileRules, type LookupSignal } from './lookup/rules.ts';
import { FAILED, type LookupResult } from './lookup/source.ts';
import { createSource } from './lookup/sources.ts';

const SIGNALS: readonly LookupSignal[] = ['traces', 'metrics', 'logs'];

export const lookup = defineProcessor({
  summary: 'Looks up values in a file, DNS or an HTTP service and sets the results as attributes.',
  stability: 'development',
  signals: ['traces', 'metrics', 'logs'],
  config: lookupConfig,
  examples: [
    {
      title: 'The name and role of a user, from a CSV file that is read again every five minutes',
      config: {
        source: { type: 'csv', path: '/etc/otel/users.csv', key_column: 'id', reload_interval: '5m' },
        lookups: [
          {
            key: 'resource.attributes["enduser.id"]',
            attributes: [
              { source: 'name', destination: 'user.name', default: 'unknown' },
              { source: 'role', destination: 'user.roles' },
            ],
          },
        ],
      },
    },
    {
      title: 'The hostname of an address',
      config: {
        source: { type: 'dns', timeout: '500ms' },
        lookups: [
          {
            key: 'resource.attributes["client.address"]',
            context: 'resource',
            attributes: [{ destination: 'client.name' }],
          },
        ],
      },
    },
  ],
  describe: ({ source, lookups }) => `${source.type}, ${formatCount(lookups.length, 'lookup')}`,
  check({ lookups }, { signals }) {
    const used = SIGNALS.filter((signal) => signals.includes(signal));
    return lookups.flatMap(({ key }, index) =>
      used.flatMap((signal) => issuesOf(() => compileLookupKey(key, signal), ['lookups', index, 'key'])).slice(0, 1),
    );
  },
  create({ source: config, lookups }, next, context) {
    const source = createSource(config, context);
    const rules = compileRules(lookups, context.signal);
    const subject = new Subject(evaluationContext(context));
    const { consume } = createEnricher<LookupResult>(
      {
        get: (key) => source.get(key),
        fetch: source.fetch,
        failed: FAILED,
        maxRounds: lookups.length,
        createRewriter(find, rewritten) {
          const hooks = {
            item(cursor: Parameters<Subject['moveToItem']>[0]) {
              subject.moveToItem(cursor);
              for (const rule of rules) rule(subject, find);
              if (subject.item.isChanged) subject.item.record(cursor.splices);
              return 'keep' as const;
            },
            leave: subject.leave.bind(subject),
          };
          return createRewriter([hooks], rewritten, context);
        },
      },
      next,
    );
    return {
      consume,
      start: async () => source.start?.(),
      shutdown: async () => source.shutdown?.(),
    };
  },
});
