/** A generated LogQL query as data, from which its text is printed and its result computed. */
export interface TestMatcher {
  readonly name: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

export interface TestComparison {
  readonly kind: 'number' | 'duration' | 'bytes';
  readonly name: string;
  readonly operator: Comparison;
  readonly value: string;
}

export interface TestJunction {
  readonly kind: 'and' | 'or';
  readonly left: TestFilter;
  readonly right: TestFilter;
}

export type TestFilter = ({ readonly kind: 'text' } & TestMatcher) | TestComparison | TestJunction;

export type Comparison = '>' | '>=' | '<' | '<=' | '==' | '!=';

export type TestStage =
  | { readonly kind: 'line'; readonly operator: '|=' | '!=' | '|~' | '!~'; readonly values: readonly string[] }
  | { readonly kind: 'json' | 'logfmt' | 'pattern' | 'regexp' }
  | { readonly kind: 'filter'; readonly filter: TestFilter }
  | { readonly kind: 'line_format'; readonly names: readonly string[] }
  | { readonly kind: 'rename' | 'copy'; readonly from: string; readonly to: string }
  | { readonly kind: 'drop' | 'keep'; readonly names: readonly string[] };

export interface TestLogQuery {
  readonly matchers: readonly TestMatcher[];
  readonly stages: readonly TestStage[];
}

export interface TestRange {
  readonly kind: 'range';
  readonly operator: string;
  readonly parameter: number | undefined;
  readonly log: TestLogQuery;
  readonly unwrap: { readonly label: string; readonly conversion: '' | 'duration' | 'bytes' } | undefined;
  readonly rangeSeconds: number;
  readonly offsetSeconds: number;
  readonly by: readonly string[] | undefined;
}

export type TestMetric =
  | TestRange
  | {
      readonly kind: 'aggregate';
      readonly operator: string;
      readonly without: boolean;
      readonly labels: readonly string[];
      readonly of: TestMetric;
    }
  | { readonly kind: 'scalar'; readonly operator: string; readonly of: TestMetric; readonly value: number }
  | {
      readonly kind: 'match';
      readonly operator: string;
      readonly on: readonly string[];
      readonly left: TestMetric;
      readonly right: TestMetric;
    };

/** The pattern and expression that `pattern` and `regexp` stages have. */
export const TEST_PATTERN = '<ip> - "<verb> <uri>" <code> <took>';
export const TEST_REGEXP = '(?P<verb>[A-Z]+) (?P<uri>/[a-z0-9/]*)';

/** Prints a log query. */
export function printLogQuery({ matchers, stages }: TestLogQuery): string {
  return [`{${matchers.map(printMatcher).join(', ')}}`, ...stages.map(printStage)].join(' ');
}

function printMatcher({ name, operator, value }: TestMatcher): string {
  return `${name}${operator}${JSON.stringify(value)}`;
}

function printStage(stage: TestStage): string {
  switch (stage.kind) {
    case 'line':
      return `${stage.operator} ${stage.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'json':
    case 'logfmt':
      return `| ${stage.kind}`;
    case 'pattern':
      return `| pattern \`${TEST_PATTERN}\``;
    case 'regexp':
      return `| regexp \`${TEST_REGEXP}\``;
    case 'filter':
      return `| ${printFilter(stage.filter)}`;
    case 'line_format':
      return `| line_format "${stage.names.map((name) => `{{.${name}}}`).join('-')}"`;
    case 'rename':
      return `| label_format ${stage.to}=${stage.from}`;
    case 'copy':
      return `| label_format ${stage.to}="<{{.${stage.from}}}>"`;
    case 'drop':
    case 'keep':
      return `| ${stage.kind} ${stage.names.join(', ')}`;
  }
}

function printFilter(filter: TestFilter): string {
  if (filter.kind === 'text') return printMatcher(filter);
  if ('left' in filter) {
    return `(${printFilter(filter.left)} ${filter.kind} ${printFilter(filter.right)})`;
  }
  return `${filter.name} ${filter.operator} ${filter.value}`;
}

/** Prints a metric query. */
export function printMetric(query: TestMetric): string {
  switch (query.kind) {
    case 'range':
      return printRange(query);
    case 'aggregate':
      return `${query.operator} ${query.without ? 'without' : 'by'} (${query.labels.join(', ')}) (${printMetric(query.of)})`;
    case 'scalar':
      return `(${printMetric(query.of)}) ${query.operator} ${query.value}`;
    case 'match':
      return `(${printMetric(query.left)}) ${query.operator} on (${query.on.join(', ')}) (${printMetric(query.right)})`;
  }
}

function printRange(query: TestRange): string {
  const { unwrap, by, offsetSeconds, parameter } = query;
  const source = unwrap?.conversion === '' ? unwrap.label : `${unwrap?.conversion}(${unwrap?.label})`;
  const unwrapped = unwrap === undefined ? '' : ` | unwrap ${source} | __error__=""`;
  const offset = offsetSeconds === 0 ? '' : ` offset ${offsetSeconds}s`;
  const before = parameter === undefined ? '' : `${parameter}, `;
  const range = `${printLogQuery(query.log)}${unwrapped} [${query.rangeSeconds}s]${offset}`;
  return `${query.operator}(${before}${range})${by === undefined ? '' : ` by (${by.join(', ')})`}`;
}
