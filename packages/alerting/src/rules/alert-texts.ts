import { Labels, METRIC_NAME } from '@otelier/query/promql';
import {
  type AlertTemplate,
  compileAlertTemplate,
  type TemplateEnvironment,
  type TemplateSample,
} from './alert-template.ts';
import type { AlertingRule } from './rule-file.ts';

/** The labels and annotations of an alert, with their templates executed. */
export interface ExpandedTexts {
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** Returns the labels and annotations of the alert for a sample. */
export type AlertTexts = (
  sample: TemplateSample,
  timeMillis: number,
  environment: TemplateEnvironment,
) => ExpandedTexts | Promise<ExpandedTexts>;

/**
 * Compiles the templates of a rule's labels and annotations. What they return for a sample is kept while its labels are the
 * same object and its value is the same, unless a template reads other data or the time.
 */
export function compileAlertTexts(rule: AlertingRule): AlertTexts {
  const [labels, annotations] = [compiled(rule.labels), compiled(rule.annotations)];
  const texts = [...Object.values(rule.labels), ...Object.values(rule.annotations)].filter((text) =>
    text.includes('{{'),
  );
  const isVolatile = texts.some((text) => /\b(query|now)\b/.test(text));
  const usesValue = texts.some((text) => /value/i.test(text));
  const kept = new WeakMap<Labels, { readonly value: number; readonly texts: ExpandedTexts }>();
  const expand = async (
    sample: TemplateSample,
    timeMillis: number,
    environment: TemplateEnvironment,
  ): Promise<ExpandedTexts> => {
    const input = { ...sample, timeMillis, environment };
    const own = await expandAll(labels, input);
    return {
      labels: Labels.from([...sample.labels.drop([METRIC_NAME]).entries(), ...own, ['alertname', rule.name]]),
      annotations: Labels.from(await expandAll(annotations, input)),
    };
  };
  if (isVolatile) return expand;
  return (sample, timeMillis, environment) => {
    const known = kept.get(sample.labels);
    if (known !== undefined && (!usesValue || Object.is(known.value, sample.value))) return known.texts;
    return expand(sample, timeMillis, environment).then((expanded) => {
      // Labels that stay the same keep their object, for what is kept by it.
      const same = known?.texts.labels.key === expanded.labels.key ? known.texts.labels : expanded.labels;
      const result = { ...expanded, labels: same };
      kept.set(sample.labels, { value: sample.value, texts: result });
      return result;
    });
  };
}

type Templates = readonly (readonly [string, AlertTemplate])[];

function compiled(texts: Readonly<Record<string, string>>): Templates {
  return Object.entries(texts).map(([name, text]) => [name, compileAlertTemplate(text)] as const);
}

function expandAll(templates: Templates, input: Parameters<AlertTemplate>[0]): Promise<[string, string][]> {
  return Promise.all(
    templates.map(async ([name, template]): Promise<[string, string]> => {
      try {
        return [name, await template(input)];
      } catch (error) {
        return [name, `<error expanding template: ${error instanceof Error ? error.message : String(error)}>`];
      }
    }),
  );
}
