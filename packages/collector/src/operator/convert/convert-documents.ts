import { parseAllDocuments } from 'yaml';
import { errorMessage } from '../../component/error-message.ts';
import { convertCollector } from './convert-collector.ts';
import { convertInstrumentation } from './convert-instrumentation.ts';
import { type Converted, type ForeignObject, fieldsOf } from './converted.ts';

/** A conversion, or why it failed. */
export type DocumentResult = Readonly<{ name: string }> &
  (({ readonly ok: true } & Converted) | { readonly ok: false; readonly error: string });

const CONVERSIONS: Readonly<Record<string, (foreign: ForeignObject) => Converted>> = {
  OpenTelemetryCollector: convertCollector,
  Instrumentation: convertInstrumentation,
};
const GROUP = /^opentelemetry\.io\/(v1alpha1|v1beta1)$/;

/** Converts the objects of the OpenTelemetry operator in a file with YAML documents or a list. Other objects are left out. */
export function convertDocuments(text: string): readonly DocumentResult[] {
  return parseAllDocuments(text).flatMap((document, i) => {
    if (document.errors.length > 0) {
      const error = document.errors.map(({ message }) => message).join('; ');
      return [{ ok: false, name: `document ${i + 1}`, error } as const];
    }
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    const { kind, items } = fieldsOf(value);
    const objects = kind === 'List' && Array.isArray(items) ? items : [value];
    return objects.map((object) => fieldsOf(object) as ForeignObject).flatMap(resultOf);
  });
}

function resultOf(foreign: ForeignObject): readonly DocumentResult[] {
  const { apiVersion, kind } = foreign;
  const convert = CONVERSIONS[String(kind)];
  if (convert === undefined || !GROUP.test(String(apiVersion))) return [];
  const { name, namespace } = fieldsOf(foreign.metadata);
  const label = `${String(kind)} ${namespace === undefined ? '' : `${String(namespace)}/`}${String(name)}`;
  try {
    return [{ ok: true, name: label, ...convert(foreign) }];
  } catch (error) {
    return [{ ok: false, name: label, error: errorMessage(error) }];
  }
}
