import { TemplateError } from '../../go-template/ast.ts';
import type { LabelFormat } from '../parse/ast.ts';
import { LogqlParseError } from '../parse/parse-error.ts';
import { compileTemplate, type Template } from '../template/template.ts';
import { ERROR_LABEL } from './entry-labels.ts';
import { PIPELINE_ERRORS, type PipelineEntry, type StageFunction } from './stage.ts';

/** Compiles `line_format`. Throws a `LogqlParseError`. */
export function compileLineFormat(text: string, nowMillis: () => number): StageFunction {
  const template = compile(text, 'invalid line template', nowMillis);
  return (entry) => {
    const result = execute(template, entry, entry.labels.toMap());
    if (result !== undefined) entry.line = result;
    return true;
  };
}

/** Compiles `label_format`. Throws a `LogqlParseError`. */
export function compileLabelFormat(formats: readonly LabelFormat[], nowMillis: () => number): StageFunction {
  const names = new Set<string>();
  for (const { name } of formats) {
    if (name === ERROR_LABEL) throw new LogqlParseError(`${name} cannot be formatted`);
    if (names.has(name)) {
      throw new LogqlParseError(`multiple label name '${name}' not allowed in a single format operation`);
    }
    names.add(name);
  }
  const compiled = formats.map(({ name, value, isRename }) => ({
    name,
    value,
    template: isRename ? undefined : compile(value, `invalid template for label '${name}'`, nowMillis),
  }));
  return (entry) => {
    let labels: ReadonlyMap<string, string> | undefined;
    for (const { name, value, template } of compiled) {
      if (template === undefined) rename(entry, value, name);
      else {
        labels ??= entry.labels.toMap();
        const result = execute(template, entry, labels);
        if (result !== undefined) entry.labels.set(name, result);
      }
    }
    return true;
  };
}

function rename({ labels }: PipelineEntry, from: string, to: string): void {
  const value = labels.get(from);
  if (value === undefined) return;
  labels.set(to, value);
  labels.delete(from);
}

function compile(text: string, where: string, nowMillis: () => number): Template {
  try {
    return compileTemplate(text, nowMillis);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new LogqlParseError(`${where}: template: ${error.message}`, undefined, { cause: error });
  }
}

/** Executes a template. If it fails, the entry has an error and the result is `undefined`. */
function execute(template: Template, entry: PipelineEntry, labels: ReadonlyMap<string, string>): string | undefined {
  try {
    return template({ labels, line: entry.line, time: entry.time });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    entry.labels.fail(PIPELINE_ERRORS.template, error.message);
    return undefined;
  }
}
