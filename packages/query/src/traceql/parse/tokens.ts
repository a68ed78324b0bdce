/** Words and symbols of the language. A longer symbol has priority over its prefixes. */
export const SYMBOLS: ReadonlySet<string> = new Set([
  ...[',', '.', '{', '}', '(', ')', '=', '!=', '=~', '!~', '>', '>=', '<', '<=', '+', '-', '/', '%', '*', '^'],
  ...['&&', '||', '!', '|', '>>', '<<', '~', '!>', '!<', '!>>', '!<<', '&~', '&>', '&<', '&>>', '&<<'],
]);

/** Words that start a scope if they are followed directly by `.` or `:`. */
export const SCOPES: ReadonlySet<string> = new Set([
  ...['parent.', 'resource.', 'span.', 'event.', 'link.', 'instrumentation.'],
  ...['trace:', 'span:', 'event:', 'link:', 'instrumentation:'],
]);

/** Reserved words. Other words are identifiers. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  ...['true', 'false', 'nil', 'ok', 'error', 'unset'],
  ...['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'],
  ...['duration', 'childCount', 'name', 'status', 'statusMessage', 'kind', 'rootName', 'rootServiceName'],
  ...['rootService', 'traceDuration', 'nestedSetLeft', 'nestedSetRight', 'nestedSetParent', 'id', 'traceID'],
  ...['spanID', 'parentID', 'timeSinceStart', 'version', 'parent'],
  ...['count', 'avg', 'max', 'min', 'sum', 'by', 'coalesce', 'select'],
  ...['rate', 'count_over_time', 'min_over_time', 'max_over_time', 'avg_over_time', 'sum_over_time'],
  ...['quantile_over_time', 'histogram_over_time', 'compare', 'topk', 'bottomk', 'with'],
]);

/** A token with its position. Lines and columns count from 1. */
export type Token = (
  | { readonly kind: 'symbol' | 'keyword' | 'scope' | 'identifier'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'integer' | 'duration'; readonly value: bigint; readonly text: string }
  | { readonly kind: 'float'; readonly value: number; readonly text: string }
  /** The name of an attribute, after `.` or a scope. */
  | { readonly kind: 'attribute'; readonly text: string }
  | { readonly kind: 'end'; readonly text: '' }
) & { readonly line: number; readonly column: number };

/** Names a token in error messages as Tempo does. */
export function tokenName(token: Token): string {
  switch (token.kind) {
    case 'end':
      return '$end';
    case 'symbol':
    case 'keyword':
    case 'scope':
      return token.text;
    case 'identifier':
    case 'attribute':
      return 'IDENTIFIER';
    default:
      return token.kind.toUpperCase();
  }
}
