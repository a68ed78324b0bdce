import { z } from 'zod';
import { cut, ResponseText } from '../response-text.ts';
import { defineTool } from '../tool.ts';

/** Rows read for an response; more do not fit. */
const MAX_ROWS = 100;

export const sql = defineTool({
  name: 'sql',
  title: 'SQL',
  description:
    "Runs one read-only DuckDB statement over the tables spans, logs, metric_points and services. Attributes are JSON: attributes->>'http.route'. Table macros: red(step := INTERVAL 5 MINUTE), slow_routes(), n_plus_one(), error_rate_by_release(), log_patterns(). DESCRIBE spans lists columns. Aggregate in the statement: at most 100 rows are read.",
  input: z.object({ statement: z.string().min(1).describe('The statement.') }),
  async run({ statement }, { client, signal }) {
    const { columns, rows, truncated } = await client.sql({ statement, maxRows: MAX_ROWS }, signal);
    const response = new ResponseText('aggregate, or select fewer columns.');
    if (rows.length === 0) return `No rows. Columns: ${columns.map(({ name }) => cut(name, 60)).join(', ')}.`;
    response.table(
      columns.map(({ name }) => cut(name, 60)),
      rows.map((row) => row.map((value) => cut(typeof value === 'string' ? value : JSON.stringify(value), 120))),
    );
    if (truncated) response.add(`More than ${MAX_ROWS} rows.`);
    return response.toString();
  },
});
