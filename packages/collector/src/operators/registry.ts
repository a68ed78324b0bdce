import type { OperatorDefinition } from './definition/operator.ts';
import { container } from './parsers/container.ts';
import { csvParser } from './parsers/csv_parser.ts';
import { jsonArrayParser } from './parsers/json_array_parser.ts';
import { jsonParser } from './parsers/json_parser.ts';
import { keyValueParser } from './parsers/key_value_parser.ts';
import { regexParser } from './parsers/regex_parser.ts';
import { scopeNameOperator } from './parsers/scope_name_parser.ts';
import { severityOperator } from './parsers/severity_parser.ts';
import { syslogParser } from './parsers/syslog_parser.ts';
import { timeOperator } from './parsers/time_parser.ts';
import { traceOperator } from './parsers/trace_parser.ts';
import { uriParser } from './parsers/uri_parser.ts';
import { add } from './transformers/add.ts';
import { assignKeys } from './transformers/assign_keys.ts';
import { copy } from './transformers/copy.ts';
import { filter } from './transformers/filter.ts';
import { flatten } from './transformers/flatten.ts';
import { move } from './transformers/move.ts';
import { noop } from './transformers/noop.ts';
import { recombine } from './transformers/recombine.ts';
import { regexReplace } from './transformers/regex_replace.ts';
import { remove } from './transformers/remove.ts';
import { retain } from './transformers/retain.ts';
import { router } from './transformers/router.ts';
import { sanitizeUtf8 } from './transformers/sanitize_utf8.ts';
import { unquote } from './transformers/unquote.ts';

/** All operators, in the order of the documentation. */
export const OPERATORS: readonly OperatorDefinition[] = [
  jsonParser,
  regexParser,
  jsonArrayParser,
  csvParser,
  keyValueParser,
  syslogParser,
  uriParser,
  container,
  timeOperator,
  severityOperator,
  traceOperator,
  scopeNameOperator,
  add,
  assignKeys,
  copy,
  filter,
  flatten,
  move,
  noop,
  recombine,
  regexReplace,
  remove,
  retain,
  router,
  sanitizeUtf8,
  unquote,
];

const byType = new Map(OPERATORS.map((operator) => [operator.type, operator]));

/** Returns the operator of a type; `undefined` if there is none. */
export function operatorOf(type: string): OperatorDefinition | undefined {
  return byType.get(type);
}
