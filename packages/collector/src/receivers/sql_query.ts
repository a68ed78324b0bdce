import { defineReceiver } from '../component/define.ts';
import { ScrapingReceiver } from './scraping/scraping-receiver.ts';
import { checkSqlQuery, sqlQueryConfig } from './sql_query/config.ts';

export const sqlQuery = defineReceiver({
  summary: 'Runs statements on a database at an interval, whose rows become metrics or log records.',
  stability: 'alpha',
  runsIn: 'main',
  aliases: ['sqlquery'],
  signals: ['metrics', 'logs'],
  config: sqlQueryConfig,
  examples: [
    {
      title: 'The number of orders by state',
      config: {
        driver: 'postgres',
        datasource: 'host=localhost port=5432 user=otelier password=secret dbname=shop sslmode=disable',
        queries: [
          {
            sql: 'SELECT state, count(*) AS count FROM orders GROUP BY state',
            metrics: [{ metric_name: 'shop.orders', value_column: 'count', attribute_columns: ['state'] }],
          },
        ],
      },
    },
    {
      title: 'New rows of a table as log records, from where the last run ended',
      config: {
        driver: 'postgres',
        host: 'db.example.com',
        port: 5432,
        database: 'shop',
        username: 'otelier',
        password: `\${env:POSTGRESQL_PASSWORD:-a password}`,
        additional_params: { sslmode: 'verify-full' },
        queries: [
          {
            sql: 'SELECT id, message FROM audit WHERE id > $$1::bigint ORDER BY id',
            tracking_column: 'id',
            tracking_start_value: '0',
            logs: [{ body_column: 'message', attribute_columns: ['id'] }],
          },
        ],
      },
    },
  ],
  describe: ({ driver, queries }) => `${driver}, ${queries.length} queries`,
  check: checkSqlQuery,
  create: (config, next, context) =>
    new ScrapingReceiver('queries', config, next, context, async () => {
      const { createQueryTasks } = await import('./sql_query/tasks.ts');
      return createQueryTasks(config, next, context);
    }),
});
