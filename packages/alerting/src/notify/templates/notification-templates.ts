import { globSync, readFileSync } from 'node:fs';
import { createTemplateSet, TemplateError, type TemplateSet } from '@otelier/query/go-template';
import { type NotificationData, toTemplateValue } from './data.ts';
import { DEFAULT_TEMPLATES } from './defaults.ts';
import { EMAIL_TEMPLATE } from './email.ts';
import { EXECUTION_FUNCTIONS, executionFunctions, NOTIFICATION_FUNCTIONS } from './functions.ts';
import { createHtmlEscaper } from './html.ts';

/** The templates of notifications: the default ones, and those that the configuration's files define. */
export interface NotificationTemplates {
  /** Executes a text as a template. Throws a `TemplateError`. */
  text(template: string, data: NotificationData): string;
  /** Executes a text as a template of HTML, which escapes values. Throws a `TemplateError`. */
  html(template: string, data: NotificationData): string;
  /** Throws a `TemplateError` if a text is no template. */
  check(template: string): void;
}

/** A notification of a large group executes its templates many times. */
const MAX_OPERATIONS = 5_000_000;
/** Maximum size of a file of templates. */
const MAX_FILE_BYTES = 1 << 20;

/** Loads the files of templates. `paths` may be globs. Throws a `TemplateError` that names the file. */
export function loadTemplates(paths: readonly string[]): NotificationTemplates {
  const set = createTemplateSet(NOTIFICATION_FUNCTIONS, EXECUTION_FUNCTIONS, MAX_OPERATIONS);
  set.define(DEFAULT_TEMPLATES);
  set.define(EMAIL_TEMPLATE);
  for (const path of paths.flatMap((pattern) => globSync(pattern)).sort()) defineFile(set, path);
  return {
    text: (template, data) => (template.includes('{{') ? execute(set, template, data, false) : template),
    html: (template, data) => execute(set, template, data, true),
    check: (template) => void set.compile(template),
  };
}

function defineFile(set: TemplateSet, path: string): void {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > MAX_FILE_BYTES) throw new TemplateError(`expected at most ${MAX_FILE_BYTES} bytes`);
    set.define(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new TemplateError(`${path}: ${message}`, { cause: error });
  }
}

function execute(set: TemplateSet, template: string, data: NotificationData, isHtml: boolean): string {
  return set.compile(template)({
    dot: toTemplateValue(data),
    functions: executionFunctions(data.nowMillis, data.routeLabels),
    ...(isHtml && { escaper: createHtmlEscaper() }),
  });
}
