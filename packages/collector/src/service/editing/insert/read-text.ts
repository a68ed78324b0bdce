import { type Document, isMap, parseDocument } from 'yaml';
import { errorMessage } from '../../../component/error-message.ts';
import { DraftError } from '../errors.ts';
import { placeOf } from '../text-secrets.ts';

/** A mapping of a configuration as plain values. */
export type Plain = Readonly<Record<string, unknown>>;

/** A text in YAML that contains a mapping. */
export interface YamlText {
  readonly text: string;
  readonly document: Document.Parsed;
  readonly plain: Plain;
}

/** A pipeline as it is written. */
export interface PlainPipeline {
  readonly id: string;
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}

/** Reads a text. Throws a `DraftError` if it is not valid YAML, not a mapping, or uses too many aliases. */
export function readText(name: string, text: string): YamlText {
  const document = parseDocument(text, { merge: true, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, column } = placeOf(text, error.pos[0]);
    throw new DraftError(`${name}:${line}:${column}: expected valid YAML, got an error: ${error.message}`);
  }
  if (!isMap(document.contents)) throw new DraftError(`${name}: expected a mapping, got something else`);
  return { text, document, plain: plainOf(name, document) };
}

function plainOf(name: string, document: Document.Parsed): Plain {
  try {
    return document.toJS({ maxAliasCount: 100 }) as Plain;
  } catch (error) {
    // Aliases that are too many, or lead to themselves.
    throw new DraftError(`${name}: expected aliases that can be resolved: ${errorMessage(error)}`, { cause: error });
  }
}

/** Returns the pipelines of a configuration. Throws a `DraftError` if they have another form. */
export function pipelinesOf({ plain }: YamlText): readonly PlainPipeline[] {
  const pipelines = mapping('service.pipelines', mapping('service', plain['service'])['pipelines']);
  return Object.entries(pipelines).map(([id, value]) => {
    const path = `service.pipelines.${id}`;
    const pipeline = mapping(path, value);
    return {
      id,
      processors: ids(`${path}.processors`, pipeline['processors']),
      exporters: ids(`${path}.exporters`, pipeline['exporters']),
    };
  });
}

function mapping(path: string, value: unknown): Plain {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Plain;
  throw new DraftError(`text: ${path}: expected a mapping, got ${value === undefined ? 'none' : 'something else'}`);
}

function ids(path: string, value: unknown): readonly string[] {
  const list: unknown = value ?? [];
  if (Array.isArray(list) && list.every((one) => typeof one === 'string')) return list;
  throw new DraftError(`text: ${path}: expected a list of IDs, got something else`);
}
