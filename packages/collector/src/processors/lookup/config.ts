import { clientTlsField } from '../../component/fields/client.ts';
import { duration, inputFile, secret, z } from '../../component/schema.ts';

const contextField = () =>
  z
    .string()
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(['record', 'resource']))
    .optional();

const sourceField = z
  .object({
    type: z
      .enum(['noop', 'yaml', 'json', 'csv', 'dns', 'http'])
      .prefault('noop')
      .describe('Source: a file (`yaml`, `json`, `csv`), `dns`, `http`, or `noop`, which finds nothing.'),
    path: inputFile().prefault('').describe('File path. YAML and JSON files contain a map from keys to results.'),
    reloadInterval: duration()
      .prefault('0s')
      .describe(
        'Interval at which the file is reloaded. 0 means once, at the start. If a reload fails, the previous data is kept.',
      ),
    hasHeader: z.boolean().prefault(true).describe('Whether the first row of the CSV file contains column names.'),
    delimiter: z.string().prefault(',').describe('Delimiter of the CSV file, a single character.'),
    keyColumn: z.string().prefault('').describe('Name of the CSV column that contains the keys.'),
    keyColumnIndex: z.int().optional().describe('0-based index of the CSV column that contains the keys.'),
    valueColumn: z
      .string()
      .prefault('')
      .describe('Name of the CSV column that contains the result. By default, the result is the whole row as a map.'),
    valueColumnIndex: z.int().optional().describe('0-based index of the CSV column that contains the result.'),
    recordType: z.enum(['', 'PTR', 'A', 'AAAA']).prefault('PTR').describe('DNS record to look up.'),
    server: z
      .string()
      .prefault('')
      .describe('DNS server, as `address:port`. Default: the servers configured in the system.'),
    multipleResults: z
      .boolean()
      .prefault(false)
      .describe('Whether the result contains all DNS records, separated by commas, instead of the first.'),
    url: z
      .string()
      .prefault('')
      .describe(
        'URL of the HTTP request, in which `{key}` is replaced by the key. The result is the response, as JSON or text. Status 404 means that there is no result.',
      ),
    headers: z.record(z.string(), secret()).prefault({}).describe('Headers of the HTTP request.'),
    tls: clientTlsField(),
    timeout: duration().prefault('1s').describe('Timeout of a DNS query or HTTP request.'),
    maxConcurrent: z.int().min(1).prefault(64).describe('Maximum number of concurrent DNS queries or HTTP requests.'),
    cache: z
      .object({
        enabled: z.boolean().prefault(true).describe('Whether to cache results of `dns` and `http`.'),
        size: z.int().prefault(10_000).describe('Maximum number of cached results.'),
        ttl: duration().prefault('5m').describe('Lifetime of a result. 0 means no limit.'),
        negativeTtl: duration()
          .prefault('1m')
          .describe('Lifetime of a negative result. 0 disables caching of negative results.'),
      })
      .prefault({})
      .describe('Cache for `dns` and `http`.'),
  })
  .superRefine((source, issues) => {
    for (const { path, message } of sourceErrors(source)) issues.addIssue({ code: 'custom', path: [path], message });
  })
  .prefault({})
  .describe('Lookup source.');

/** The configuration schema of `lookup`. */
export const lookupConfig = z.object({
  source: sourceField,
  lookups: z
    .array(
      z.object({
        key: z
          .string()
          .min(1)
          .describe('OTTL value to look up, such as `log.attributes["user.id"]`. If it is nil, nothing is looked up.'),
        context: contextField().describe('Where results are set: `record` (default) or `resource`.'),
        attributes: z
          .array(
            z.object({
              source: z.string().prefault('').describe('Field in the result. Default: the whole result.'),
              destination: z.string().min(1).describe('Attribute to set.'),
              default: z
                .string()
                .prefault('')
                .describe('Value to set if there is no result. By default, no attribute is set.'),
              context: contextField().describe('`record` or `resource`. Default: `context` of the lookup.'),
            }),
          )
          .min(1)
          .describe('Attributes to set.'),
      }),
    )
    .min(1)
    .describe('Lookups, in execution order.'),
});

/** The parsed configuration. */
export type LookupConfig = z.output<typeof lookupConfig>;
/** The parsed `source` configuration. */
export type SourceConfig = LookupConfig['source'];

interface FieldError {
  readonly path: keyof SourceConfig;
  readonly message: string;
}

function sourceErrors(source: SourceConfig): FieldError[] {
  switch (source.type) {
    case 'noop':
      return [];
    case 'yaml':
    case 'json':
      return pathErrors(source);
    case 'csv':
      return [...pathErrors(source), ...csvErrors(source)];
    case 'http':
      return [...urlErrors(source), ...networkErrors(source)];
    case 'dns':
      return networkErrors(source);
  }
}

function pathErrors({ path }: SourceConfig): FieldError[] {
  return path === '' ? [{ path: 'path', message: 'expected the path of a file, got none' }] : [];
}

function csvErrors(source: SourceConfig): FieldError[] {
  const errors: FieldError[] = [];
  if ([...source.delimiter].length !== 1 || /["\r\n\ufffd]/.test(source.delimiter))
    errors.push({ path: 'delimiter', message: `expected one character other than a quote or line end` });
  for (const [name, index] of [
    ['keyColumn', 'keyColumnIndex'] as const,
    ['valueColumn', 'valueColumnIndex'] as const,
  ]) {
    const hasName = source[name] !== '';
    const written = name === 'keyColumn' ? 'key_column' : 'value_column';
    if (hasName && source[index] !== undefined)
      errors.push({ path: name, message: `expected \`${written}\` or \`${written}_index\`, got both` });
    if (hasName && !source.hasHeader)
      errors.push({ path: name, message: `expected \`${written}_index\`, because there is no header` });
    if ((source[index] ?? 0) < 0) errors.push({ path: index, message: 'expected an index from 0' });
  }
  if (source.keyColumn === '' && source.keyColumnIndex === undefined)
    errors.push({ path: 'keyColumn', message: 'expected `key_column` or `key_column_index`, got neither' });
  return errors;
}

function networkErrors({ timeout, cache }: SourceConfig): FieldError[] {
  const errors: FieldError[] = [];
  if (timeout <= 0) errors.push({ path: 'timeout', message: 'expected a duration above 0' });
  if (cache.enabled && cache.size <= 0) errors.push({ path: 'cache', message: 'expected a size above 0' });
  return errors;
}

function urlErrors({ url }: SourceConfig): FieldError[] {
  const isUrl = /^https?:\/\//.test(url) && URL.canParse(url.replaceAll('{key}', 'key'));
  return isUrl ? [] : [{ path: 'url', message: `expected an http or https URL, got "${url}"` }];
}
