import { byteSize, z } from '../../component/schema.ts';
import { EvaluationError, typeName, type Value, type ValueMap } from '../../ottl/values/value.ts';
import type { OperatorDefinition } from '../definition/operator.ts';
import { type ParserConfig, parserFields, parseStep } from '../definition/parser.ts';
import { createGuard } from '../definition/process-entries.ts';
import type { Entry } from '../entry/entry.ts';
import { Field } from '../entry/field.ts';
import { goLayout } from '../record/layout.ts';
import { textParser } from '../record/time.ts';
import { Recombiner } from '../transformers/recombiner.ts';
import { parseJsonObject } from './json-object.ts';
import { kubernetesResource } from './kubernetes-path.ts';

const FORMATS = ['docker', 'crio', 'containerd'] as const;
const config = z.object({
  ...parserFields,
  format: z
    .enum(['', ...FORMATS])
    .prefault('')
    .describe('Format of the lines. Default: detected.'),
  addMetadataFromFilepath: z
    .boolean()
    .prefault(true)
    .describe('Whether the resource gets pod, namespace and container from `log.file.path`.'),
  maxLogSize: byteSize().prefault('1MiB').describe('Maximum size of a log record of several lines.'),
});

/** Partial lines have the tag `P`, and the last one `F`. */
const LAST_TAG = 'F';
const LINE = /^(\S*) (stdout|stderr) (\S*)(?: (.*))?$/s;
const CONTAINERD_TIME = /^[^ Z]+(?:Z|[+-]\d\d:\d\d)$/;
const LAYOUTS = { docker: '2006-01-02T15:04:05.999Z', cri: '2006-01-02T15:04:05.999999999Z07:00' } as const;

export const container: OperatorDefinition = {
  type: 'container',
  summary: 'Parses the log lines of Docker, CRI-O and containerd, and combines those that the runtime has split.',
  config,
  create(options: ParserConfig & z.output<typeof config>, id, context) {
    const guard = createGuard(options, id, context);
    const now = () => context.clock.now();
    const parser = (layout: string) =>
      textParser(goLayout(layout), { layout, layoutType: 'gotime', location: layout.endsWith('Z') ? 'UTC' : '' }, now);
    const dockerTime = parser(LAYOUTS.docker);
    const criTime = parser(LAYOUTS.cri);
    const docker = parseStep(options, (value) => parseJsonObject(textOf(value), false), context);
    const cri = parseStep(options, (value) => parseLine(textOf(value)), context);
    const finish = (entry: Entry, parseTime: (text: string) => bigint) => {
      finishEntry(entry, parseTime);
      if (options.addMetadataFromFilepath) kubernetesResource(entry);
    };
    const recombiner = new Recombiner({
      matchesFirst: false,
      matches: ({ attributes }) => attributes?.get('logtag') === LAST_TAG,
      guard: { skips: () => false, fail: guard.fail },
      failed: (message) => context.failed(id, message, false),
      dropped: (count) => context.dropped(count, 'operator_error', id),
      now: () => context.clock.monotonic(),
      combineField: new Field('body'),
      combineWith: '',
      // Each stream of a file has its own parts, which a runtime writes among those of the other.
      sourceIdentifier: {
        get: ({ attributes }) => `${attributes?.get('log.iostream')} ${attributes?.get('log.file.path')}`,
      },
      overwriteWith: 'oldest',
      maxBatchSize: 0,
      maxUnmatchedBatchSize: 0,
      maxLogSize: options.maxLogSize,
      maxSources: 1000,
      forceFlushPeriod: 5000,
    });
    return {
      flush: (which, emit) => recombiner.flush(which, emit),
      forEachHeld: (visit) => recombiner.forEachHeld(visit),
      process(entries, emit) {
        const kept: Entry[] = [];
        const lines: Entry[] = [];
        for (const entry of entries) {
          if (guard.skips(entry, kept)) continue;
          try {
            const format = options.format === '' ? formatOf(options.parseFrom.get(entry)) : options.format;
            if (format === 'docker') docker(entry);
            else cri(entry);
            finish(entry, format === 'docker' ? dockerTime : criTime);
            (format === 'docker' ? kept : lines).push(entry);
          } catch (error) {
            guard.fail(entry, error, kept);
          }
        }
        if (lines.length > 0) recombiner.process(lines, emit);
        if (kept.length > 0) emit(kept);
      },
    };
  },
};

function formatOf(value: unknown): (typeof FORMATS)[number] {
  if (typeof value !== 'string') throw new EvaluationError('expected a string with a line of a container log');
  if (value.startsWith('{')) return 'docker';
  const match = /^(\S*) (?:stdout|stderr) /.exec(value);
  if (match === null) throw new EvaluationError('expected a line of a container log with time and stream');
  return CONTAINERD_TIME.test(match[1] ?? '') ? 'containerd' : 'crio';
}

function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  throw new EvaluationError(`expected a string, got ${typeName(value)}`);
}

function parseLine(line: string): ValueMap {
  const match = LINE.exec(line);
  if (match === null) throw new EvaluationError('expected a line with time, stream, tag and text');
  const [, time, stream, logtag, log = ''] = match;
  return new Map([
    ['time', time],
    ['stream', stream],
    ['logtag', logtag],
    ['log', log],
  ]);
}

function finishEntry(entry: Entry, parseTime: (text: string) => bigint): void {
  const { attributes } = entry;
  const time = attributes?.get('time');
  if (attributes === undefined || typeof time !== 'string') throw new EvaluationError('expected the time of the line');
  entry.timeNanos = parseTime(time);
  attributes.delete('time');
  for (const name of ['log', 'stream']) {
    if (!attributes.has(name)) throw new EvaluationError(`expected "${name}" in the line`);
    if (name === 'log') entry.body = attributes.get(name);
    else attributes.set('log.iostream', attributes.get(name));
    attributes.delete(name);
  }
}
