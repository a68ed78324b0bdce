import type { Section } from '../source/section.ts';
import { all, fieldOf } from './expressions.ts';
import type { StageContext } from './stage-context.ts';

const QUIET = { on_error: 'send_quiet' } as const;

/** Converts `labels`. */
export function labelsStage(stage: Section, context: StageContext): void {
  for (const name of stage.keys) {
    const source = stage.text(name) || name;
    if (!context.isKnown(source)) {
      stage.missing(name, `no stage before extracts "${source}", so that there is no such label`);
      continue;
    }
    context.labels.add(name);
    context.push(
      { type: 'copy', from: context.field(source), to: fieldOf('attributes', name) },
      context.exists(source),
    );
  }
}

/** Converts `structured_metadata`: attributes that are no labels. */
export function structuredMetadataStage(stage: Section, context: StageContext): void {
  const names = stage.keys;
  for (const name of names) {
    const source = stage.text(name) || name;
    if (!context.isKnown(source)) {
      stage.missing(name, `no stage before extracts "${source}"`);
      continue;
    }
    context.structured(name);
    context.push(
      { type: 'copy', from: context.field(source), to: fieldOf('attributes', name) },
      context.exists(source),
    );
  }
  if (names.length > 0)
    stage.report.changed(
      stage.place,
      'structured metadata becomes attributes, which the exporter loki does not send',
      'send to /otlp of Loki 3 with the exporter otlp_http to keep them',
    );
}

/** Converts `static_labels`. */
export function staticLabelsStage(stage: Section, context: StageContext): void {
  for (const name of stage.keys) {
    const value = stage.value(name);
    if (value === undefined) continue;
    context.labels.add(name);
    context.push({ type: 'add', field: fieldOf('attributes', name), value });
  }
}

/** Converts `labeldrop`. */
export function labelDropStage(names: readonly string[], context: StageContext): void {
  for (const name of names)
    if (context.labels.has(name)) context.push({ type: 'remove', field: fieldOf('attributes', name), ...QUIET });
}

/** Converts `labelallow`. */
export function labelAllowStage(names: readonly string[], context: StageContext): void {
  labelDropStage(
    [...context.labels].filter((name) => !names.includes(name)),
    context,
  );
}

/** Converts `tenant`. */
export function tenantStage(stage: Section, context: StageContext): void {
  const field = 'attributes.__tenant__';
  const hint = { type: 'add', field: 'attributes["loki.tenant"]', value: '__tenant__' };
  const value = stage.value('value');
  const source = stage.text('source') ?? stage.text('label');
  if (value !== undefined) context.push({ type: 'add', field, value });
  else if (source === undefined || !context.isKnown(source)) {
    stage.report.missing(stage.place, 'no stage before extracts the tenant');
    return;
  } else
    context.push(
      { type: 'copy', from: context.field(source), to: field },
      all(context.exists(source), `${context.textOf(source)} != ""`),
    );
  context.push(hint, 'attributes.__tenant__ != nil');
  stage.report.changed(stage.place, 'the exporter loki also sends the tenant as the label __tenant__');
}

/** Converts `pack`. */
export function packStage(stage: Section, context: StageContext): void {
  const packed = context.internal('pack');
  const keys = stage.texts('labels').sort();
  for (const key of keys) {
    if (!context.isKnown(key) && !context.labels.has(key)) continue;
    const value = context.isKnown(key) ? context.value(key) : `attributes.${key}`;
    context.push(
      { type: 'add', field: fieldOf(packed.field, key), value: `EXPR(string(${value}))` },
      `${value} != nil`,
    );
    if (context.labels.has(key)) context.push({ type: 'remove', field: fieldOf('attributes', key), ...QUIET });
  }
  context.push({ type: 'copy', from: 'body', to: `${packed.field}._entry` });
  context.push({ type: 'move', from: packed.field, to: 'body' });
  if (stage.boolean('ingest_timestamp') ?? true)
    stage.report.changed(
      stage.place,
      'packed lines keep the time that stages have parsed',
      'remove the time_parser before it to have the time of reading',
    );
}
