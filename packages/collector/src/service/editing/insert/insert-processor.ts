import { isDeepStrictEqual } from 'node:util';
import { isMap, isSeq } from 'yaml';
import { DraftError } from '../errors.ts';
import { type Plain, type PlainPipeline, pipelinesOf, readText, type YamlText } from './read-text.ts';
import { editText, type WantedText } from './text-edits.ts';

/** A processor to insert into the text of a configuration. */
export interface ProcessorInsertion {
  readonly text: string;
  /** Signal of the pipelines that it joins. */
  readonly signal: string;
  /** A fragment of a configuration in YAML that contains only the processor. */
  readonly configuration: string;
}

/** A text with a processor. */
export interface InsertedProcessor {
  readonly text: string;
  /** The ID of the processor: a free one if the text has another processor of the wanted one. */
  readonly processor: string;
  /** The pipelines that it joined. */
  readonly pipelines: readonly string[];
}

/**
 * Inserts a processor into the text of a configuration: its settings, and its ID into the pipelines of its signal that
 * have an exporter. There, it is the last one before `batch`, because its rule was tried on what pipelines produce. Only
 * the lines concerned change; a text in an unusual form is written anew, with its comments. Throws a `DraftError` if
 * the text cannot contain the processor.
 */
export function insertProcessor({ text, signal, configuration }: ProcessorInsertion): InsertedProcessor {
  const fragment = readFragment(configuration);
  const original = readText('text', text);
  const pipelines = pipelinesOf(original);
  const existing = original.plain['processors'];
  const taken: Plain = isPlain(existing) ? existing : {};
  const processor = freeId(fragment.id, fragment.settings, taken);
  const connectors = original.plain['connectors'];
  const joined = pipelines.filter((pipeline) => isOf(pipeline, signal) && hasExporter(pipeline, connectors));
  if (joined.length === 0) {
    const ids = pipelines.map(({ id }) => id).join(', ') || 'none';
    throw new DraftError(`text: expected a pipeline of ${signal} with an exporter, got ${ids}`);
  }
  const changed = joined.filter(({ processors }) => !processors.includes(processor));
  const wanted: WantedText = {
    processor,
    settings: Object.hasOwn(taken, processor) ? undefined : fragment.settings,
    processors: new Map(changed.map((pipeline) => [pipeline.id, withProcessor(pipeline.processors, processor)])),
  };
  return {
    text: textWith(original, wanted),
    processor,
    pipelines: joined.map(({ id }) => id),
  };
}

/** Returns the text with what it should contain, checked by reading it again. */
function textWith(original: YamlText, wanted: WantedText): string {
  const expected = plainWith(original.plain, wanted);
  for (const write of [editText, writeDocument]) {
    const text = write(original, wanted);
    if (text !== undefined && hasContent(text, expected)) return text;
  }
  throw new DraftError(
    `text: expected processors and pipelines in a form that can be extended; add ${wanted.processor} by hand`,
  );
}

function hasContent(text: string, expected: Plain): boolean {
  try {
    return isDeepStrictEqual(readText('text', text).plain, expected);
  } catch (error) {
    if (error instanceof DraftError) return false;
    throw error;
  }
}

function plainWith(plain: Plain, { processor, settings, processors }: WantedText): Plain {
  const service = plain['service'] as Plain;
  const pipelines = service['pipelines'] as Plain;
  const changed = [...processors].map(([id, ids]) => [id, { ...(pipelines[id] as Plain), processors: ids }] as const);
  return {
    ...plain,
    ...(settings !== undefined && { processors: { ...(plain['processors'] as Plain | null), [processor]: settings } }),
    service: { ...service, pipelines: { ...pipelines, ...Object.fromEntries(changed) } },
  };
}

/** Writes the whole document anew, as JSON if it is JSON. */
function writeDocument({ text }: YamlText, { processor, settings, processors }: WantedText): string | undefined {
  const { document } = readText('text', text);
  if (settings !== undefined) {
    const section: unknown = document.get('processors');
    if (isMap(section)) section.set(document.createNode(processor), document.createNode(settings));
    else if (section === undefined || section === null) document.set('processors', { [processor]: settings });
    else return undefined;
  }
  for (const [id, ids] of processors) {
    const pipeline: unknown = document.getIn(['service', 'pipelines', id]);
    if (!isMap(pipeline)) return undefined;
    const own: unknown = pipeline.get('processors');
    const index = ids.indexOf(processor);
    if (isSeq(own)) own.items.splice(index, 0, document.createNode(processor));
    else pipeline.set('processors', document.createNode(ids, { flow: true }));
  }
  return document.toString({ lineWidth: 0 });
}

const COMPONENT_ID = /^[A-Za-z]\w*(?:\/[\w.-]+)?$/;
const MAX_ID = 200;

function readFragment(configuration: string): { readonly id: string; readonly settings: Plain } {
  const { plain } = readText('configuration', configuration);
  const { processors, ...others } = plain;
  const [entry, ...more] = Object.entries(isPlain(processors) ? processors : {});
  if (entry === undefined || more.length > 0 || Object.keys(others).length > 0)
    throw new DraftError('configuration: expected one processor under "processors", got something else');
  const [id, settings] = entry;
  if (!COMPONENT_ID.test(id) || id.length > MAX_ID)
    throw new DraftError(`configuration: expected the ID of a processor, got ${JSON.stringify(id.slice(0, MAX_ID))}`);
  return { id, settings: isPlain(settings) ? settings : {} };
}

/** Returns the ID, with a number if it belongs to a processor with other settings. */
function freeId(id: string, settings: Plain, taken: Plain): string {
  const base = id.includes('/') ? id : `${id}/rule`;
  for (let count = 1; ; count++) {
    const one = count === 1 ? id : `${base}_${count}`;
    if (!Object.hasOwn(taken, one) || isDeepStrictEqual(taken[one], settings)) return one;
  }
}

function withProcessor(processors: readonly string[], processor: string): readonly string[] {
  const last = processors.findLastIndex((id) => !/^batch(?:\/|$)/.test(id));
  return processors.toSpliced(last + 1, 0, processor);
}

function isOf({ id }: PlainPipeline, signal: string): boolean {
  return id === signal || id.startsWith(`${signal}/`);
}

/** What a pipeline passes only to connectors is reduced in the pipelines that follow. */
function hasExporter({ exporters }: PlainPipeline, connectors: unknown): boolean {
  return exporters.some((id) => !(isPlain(connectors) && Object.hasOwn(connectors, id)));
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
