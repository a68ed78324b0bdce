import { parseLogql } from '../../../logql/parse/parse.ts';
import { LogqlParseError } from '../../../logql/parse/parse-error.ts';
import { printLogql } from '../../../logql/parse/print.ts';
import type { LokiHandler } from '../context.ts';

/** `format_query`: prints a query in its canonical form. */
export const formatQuery: LokiHandler = ({ parameters }) => {
  try {
    return { status: 'success', data: printLogql(parseLogql(parameters.get('query') ?? '')) };
  } catch (error) {
    if (!(error instanceof LogqlParseError)) throw error;
    return Response.json({ status: 'invalid-query', error: error.message }, { status: 400 });
  }
};
