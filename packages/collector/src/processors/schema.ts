import { defineProcessor } from '../component/define.ts';
import { createEnricher } from '../component/lookup/enricher.ts';
import { createRewriter } from '../component/rewriter.ts';
import { schemaConfig } from './schema/config.ts';
import { createSchemaFiles } from './schema/files.ts';
import { schemaHooks } from './schema/hooks.ts';
import { createTranslations, type TranslationResult } from './schema/translations.ts';

export const schema = defineProcessor({
  summary: 'Translates telemetry to a version of the semantic conventions, using schema files.',
  stability: 'alpha',
  signals: ['traces', 'metrics', 'logs'],
  config: schemaConfig,
  examples: [
    {
      title: 'Semantic conventions 1.26, keeping attributes that were renamed since 1.20',
      config: {
        targets: ['https://opentelemetry.io/schemas/1.26.0'],
        prefetch: ['https://opentelemetry.io/schemas/1.26.0'],
        migration: [
          { target: 'https://opentelemetry.io/schemas/1.26.0', from: 'https://opentelemetry.io/schemas/1.20.0' },
        ],
      },
    },
  ],
  describe: ({ targets }) => targets.join(', '),
  create(config, next, context) {
    const { logger, signal } = context;
    const files = createSchemaFiles(config, context);
    const translations = createTranslations(config, files, context);
    const reported = new Set<string>();
    const onFailure = (reason: string): void => {
      if (reported.has(reason) || reported.size >= MAX_REPORTED) return;
      reported.add(reason);
      logger.warn({ reason }, 'scope not translated: later ones with this reason are not logged');
    };
    const { consume } = createEnricher<TranslationResult>(
      {
        get: (url) => translations.get(url),
        fetch: translations.fetch,
        failed: { kind: 'unavailable' },
        maxRounds: 1,
        createRewriter: (find, rewritten) => createRewriter([schemaHooks(signal, find, onFailure)], rewritten, context),
      },
      next,
    );
    return {
      consume,
      async start() {
        for (const { target, from } of config.migration)
          logger.warn({ target, from }, 'renamed attributes are kept: remove `migration` when you have migrated');
        await files.start();
        await translations.fetch(config.prefetch, () => {});
      },
      async shutdown() {
        files.close();
      },
    };
  },
});

const MAX_REPORTED = 100;
