import { escapeText, type OutputText, RawText } from '../output/raw-text.ts';
import { outputText } from '../source/references.ts';
import type { Section } from '../source/section.ts';
import { literal } from '../stages/expressions.ts';
import { accessorKeys, recordPath } from './accessor.ts';

/** Returns the statements that set labels and the line of log records, for the exporter `loki`. */
export function lokiStatements(output: Section): OutputText[] {
  const labels = [...labelsOf(output), ...labelKeysOf(output)];
  if (labels.length === 0) labels.push({ label: 'job', statement: setText('job', 'fluent-bit') });
  const statements = [...labels.map(({ statement }) => statement), ...removedKeys(output)];
  if (/^(?:on|true|raw)$/i.test(output.text('drop_single_key') ?? ''))
    statements.push('set(body, body["log"]) where IsMap(body) and Len(body) == 1 and body["log"] != nil');
  if (/key_value/i.test(output.text('line_format') ?? ''))
    output.report.changed(output.at('line_format'), 'lines are JSON', 'set the attribute loki.format to logfmt');
  output.missing('label_map_path', 'labels of a file are not converted', 'write them into labels');
  const hint = `set(attributes["loki.attribute.labels"], ${literal(labels.map(({ label }) => label).join(','))})`;
  return [...statements, hint, 'set(attributes["loki.format"], "raw")'];
}

interface LabelStatement {
  readonly label: string;
  readonly statement: OutputText;
}

/** `Labels job=app, level=$level, $stream`. */
function labelsOf(output: Section): LabelStatement[] {
  const parts = (output.text('labels') ?? '').split(/\s*,\s*(?![^[]*\])/).filter((part) => part !== '');
  return parts.map((part) => {
    const [, name, value = ''] = /^([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(part) ?? [];
    const label = name ?? accessorKeys(part).at(-1) ?? '';
    const accessor = name === undefined ? part : value;
    const isAccessor = accessor.startsWith('$') && accessor[1] !== '{';
    return { label, statement: isAccessor ? setFromRecord(label, accessor) : setText(label, outputText(value)) };
  });
}

function labelKeysOf(output: Section): LabelStatement[] {
  return listOf(output, 'label_keys').map((accessor) => {
    const label = (accessorKeys(accessor).at(-1) ?? '').replace(/\W/g, '_');
    return { label, statement: setFromRecord(label, accessor) };
  });
}

function removedKeys(output: Section): string[] {
  return listOf(output, 'remove_keys').map((accessor) => {
    const keys = accessorKeys(accessor);
    const parent = keys.slice(0, -1).reduce((path, key) => `${path}[${literal(key)}]`, 'body');
    return `delete_key(${parent}, ${literal(keys.at(-1) ?? '')})`;
  });
}

function listOf(output: Section, key: string): string[] {
  return output.texts(key).flatMap((text) => text.split(/\s*,\s*/));
}

function setText(label: string, value: OutputText): OutputText {
  if (typeof value === 'string') return `set(attributes[${literal(label)}], ${literal(value)})`;
  return new RawText(`set(attributes[${escapeText(literal(label))}], "${value.text}")`);
}

function setFromRecord(label: string, accessor: string): string {
  const path = recordPath(accessor);
  return `set(attributes[${literal(label)}], ${path}) where ${path} != nil`;
}
