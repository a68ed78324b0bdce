import type { Section } from '../source/section.ts';
import type { StageContext } from './stage-context.ts';

/** Layouts of Go that have names. */
const NAMED: Readonly<Record<string, string>> = {
  ANSIC: 'Mon Jan _2 15:04:05 2006',
  UnixDate: 'Mon Jan _2 15:04:05 MST 2006',
  RubyDate: 'Mon Jan 02 15:04:05 -0700 2006',
  RFC822: '02 Jan 06 15:04 MST',
  RFC822Z: '02 Jan 06 15:04 -0700',
  RFC850: 'Monday, 02-Jan-06 15:04:05 MST',
  RFC1123: 'Mon, 02 Jan 2006 15:04:05 MST',
  RFC1123Z: 'Mon, 02 Jan 2006 15:04:05 -0700',
  RFC3339: '2006-01-02T15:04:05Z07:00',
  RFC3339Nano: '2006-01-02T15:04:05.999999999Z07:00',
};
const EPOCHS: Readonly<Record<string, string>> = { Unix: 's', UnixMs: 'ms', UnixUs: 'us', UnixNs: 'ns' };

/** Converts `timestamp`. */
export function timestampStage(stage: Section, context: StageContext): void {
  const source = stage.text('source') ?? '';
  const format = stage.text('format') ?? '';
  const location = stage.text('location');
  const onFailure = stage.text('action_on_failure') ?? 'fudge';
  if (!context.isKnown(source)) {
    stage.report.missing(
      stage.at('source'),
      `no stage before extracts "${source}", so that the time is that of reading`,
    );
    return;
  }
  if (onFailure === 'fudge' && stage.has('action_on_failure'))
    stage.report.changed(
      stage.at('action_on_failure'),
      'a line whose time cannot be parsed has the time of reading, not that of the line before',
    );
  const layouts = [format, ...stage.texts('fallback_formats')];
  // The last one that succeeds decides.
  for (const layout of layouts.reverse()) parseTime(layout, source, location, context);
}

function parseTime(format: string, source: string, location: string | undefined, context: StageContext): void {
  const quiet = { on_error: 'send_quiet' } as const;
  const unit = Object.hasOwn(EPOCHS, format) ? EPOCHS[format] : undefined;
  const from = context.field(source);
  if (unit === undefined) {
    const layout = (Object.hasOwn(NAMED, format) && NAMED[format]) || format;
    // A time without a zone is in UTC.
    const settings = { layout_type: 'gotime', layout, location: location ?? 'UTC' };
    context.push({ type: 'time_parser', parse_from: from, ...settings, ...quiet }, context.exists(source));
    return;
  }
  const text = context.textOf(source);
  const isWhole = String.raw`${text} matches "^-?\\d+$"`;
  context.push({ type: 'time_parser', parse_from: from, layout_type: 'epoch', layout: unit, ...quiet }, isWhole);
  if (unit !== 's') return;
  const isFraction = String.raw`${text} matches "^-?\\d+\\.\\d+$"`;
  const padded = context.internal('time');
  const parts = `split(${text}, ".")`;
  const value = `EXPR(${parts}[0] + "." + (${parts}[1] + "000000000")[:9])`;
  context.push({ type: 'add', field: padded.field, value }, isFraction);
  context.push(
    { type: 'time_parser', parse_from: padded.field, layout_type: 'epoch', layout: 's.ns', ...quiet },
    isFraction,
  );
}
