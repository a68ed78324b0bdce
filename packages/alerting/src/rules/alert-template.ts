import {
  compileTemplate,
  type FunctionEntry,
  type Functions,
  TemplateError,
  textArgument,
  type Value,
} from '@otelier/query/go-template';
import type { Labels } from '@otelier/query/promql';
import { ALERT_FUNCTIONS } from './template-functions.ts';

/** What a template of a label or an annotation is executed on. */
export interface AlertTemplateInput {
  readonly labels: Labels;
  readonly value: number;
  readonly timeMillis: number;
  readonly environment: TemplateEnvironment;
}

/** What the templates of all alerts share. */
export interface TemplateEnvironment {
  readonly externalLabels: Readonly<Record<string, string>>;
  /** URL at which a person reaches this program. */
  readonly externalUrl: string;
  /** Runs a query for the function `query`. */
  query(text: string, timeMillis: number): Promise<readonly TemplateSample[]>;
}

/** A sample of a query in a template. */
export interface TemplateSample {
  readonly labels: Labels;
  readonly value: number;
}

/** Executes a template. Throws a `TemplateError`, or the error of a query. */
export type AlertTemplate = (input: AlertTemplateInput) => Promise<string>;

const VARIABLES =
  '{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}';
const EXECUTION_FUNCTIONS = ['query', 'now', 'externalURL', 'pathPrefix'];

/**
 * Compiles the template of a label or an annotation (Prometheus' documentation, "Alerting rules", "Templating"). Throws
 * a `TemplateError`.
 */
export function compileAlertTemplate(text: string): AlertTemplate {
  if (!text.includes('{{')) return async () => text;
  const template = compileTemplate(VARIABLES + text, ALERT_FUNCTIONS, EXECUTION_FUNCTIONS);
  return async ({ labels, value, timeMillis, environment }) => {
    const { externalLabels, externalUrl } = environment;
    const results = new Map<string, Value>();
    const textMaps = new Set<Value>();
    const textMap = (entries: Iterable<readonly [string, string]>): Value => {
      const map = new Map(entries);
      textMaps.add(map);
      return map;
    };
    const dot = new Map<string, Value>([
      ['Labels', textMap(labels.entries())],
      ['ExternalLabels', textMap(Object.entries(externalLabels))],
      ['ExternalURL', externalUrl],
      ['Value', value],
    ]);
    const functions: Functions = new Map<string, FunctionEntry>([
      ['query', [1, (query) => resultOf(textArgument(query), results)]],
      ['now', [0, () => timeMillis / 1000]],
      ['externalURL', [0, () => externalUrl]],
      ['pathPrefix', [0, () => (URL.canParse(externalUrl) ? new URL(externalUrl).pathname.replace(/\/$/, '') : '')]],
    ]);
    // Execution is synchronous: it starts again with the result of each query that it needs.
    for (;;) {
      try {
        return template({ dot, textMaps, functions });
      } catch (error) {
        if (!(error instanceof MissingResult)) throw error;
        if (results.size >= MAX_QUERIES) throw new TemplateError(`expected at most ${MAX_QUERIES} queries`);
        const samples = await environment.query(error.query, timeMillis);
        results.set(
          error.query,
          samples.map(
            (sample) =>
              new Map<string, Value>([
                ['Labels', textMap(sample.labels.entries())],
                ['Value', sample.value],
              ]),
          ),
        );
      }
    }
  };
}

/** Queries of one template. */
const MAX_QUERIES = 100;

function resultOf(query: string, results: ReadonlyMap<string, Value>): Value {
  const result = results.get(query);
  if (result === undefined) throw new MissingResult(query);
  return result;
}

/** A query whose result is not known yet. */
class MissingResult extends Error {
  readonly query: string;

  constructor(query: string) {
    super('the result of a query is missing');
    this.query = query;
  }
}
