import type { LabelMap } from '../../logql/pipeline/entry-labels.ts';
import { JsonScanError, JsonScanner } from '../../logql/pipeline/json-scanner.ts';
import { LogfmtDecoder } from '../../logql/pipeline/logfmt-decoder.ts';

/** The fields that can have the level of an entry. */
const FIELDS: readonly string[] = [
  ...['level', 'LEVEL', 'Level', 'log.level', 'severity', 'SEVERITY', 'Severity', 'SeverityText', 'lvl', 'LVL', 'Lvl'],
  ...['severity_text', 'Severity_Text', 'SEVERITY_TEXT'],
];
const LEVELS: Readonly<Record<string, string>> = {
  trace: 'trace',
  trc: 'trace',
  debug: 'debug',
  dbg: 'debug',
  info: 'info',
  inf: 'info',
  information: 'info',
  warn: 'warn',
  wrn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  critical: 'critical',
  fatal: 'fatal',
};
const BY_NUMBER = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const LEVEL_NAME =
  /(?<![^ \t\n[({"'=|])(trace|debug|fatal|critical|error|err|warning|warn|info)(?![^ \t\n[\]({}):,!"'=|])/i;

/** The labels that can have the level of an entry. */
export const LEVEL_LABELS: readonly string[] = FIELDS.map((field) => field.replaceAll('.', '_'));

/** Returns the level of an entry from its labels, severity or line, as Loki detects it. */
export function detectLevel(stream: LabelMap, metadata: LabelMap, severityNumber: number, line: string): string {
  for (const field of FIELDS) {
    const value = stream.get(field) ?? metadata.get(field);
    if (value !== undefined && value !== '') return known(value) ?? value;
  }
  if (severityNumber > 0) return BY_NUMBER[Math.floor((severityNumber - 1) / 4)] ?? 'unknown';
  return known(fieldOf(line)) ?? known(LEVEL_NAME.exec(line)?.[1] ?? '') ?? 'unknown';
}

function known(value: string): string | undefined {
  const lower = value.toLowerCase();
  return Object.hasOwn(LEVELS, lower) ? LEVELS[lower] : undefined;
}

/** Returns the value of a field of the line that can have its level. */
function fieldOf(line: string): string {
  if (/^\s*\{[\s\S]*\}\s*$/.test(line)) return jsonField(line);
  return line.includes('=') ? logfmtField(line) : '';
}

function jsonField(line: string): string {
  const scanner = new JsonScanner(line);
  let found = '';
  const visit = (start: number, depth: number): void => {
    scanner.object(start, (key, value) => {
      if (found !== '') return;
      if (value.type === 'string' && FIELDS.includes(key)) found = line.slice(value.start, value.end);
      else if (value.type === 'object' && depth < MAX_DEPTH) visit(value.start, depth + 1);
    });
  };
  try {
    visit(0, 1);
  } catch (error) {
    if (!(error instanceof JsonScanError)) throw error;
  }
  return found;
}
const MAX_DEPTH = 2;

function logfmtField(line: string): string {
  const decoder = new LogfmtDecoder(line);
  let [best, found] = [FIELDS.length, ''];
  while (!decoder.isAtEnd && decoder.next()) {
    const key = decoder.key.toLowerCase();
    const index = FIELDS.findIndex((field) => field.toLowerCase() === key);
    if (index >= 0 && index < best) [best, found] = [index, decoder.value];
  }
  return found;
}
