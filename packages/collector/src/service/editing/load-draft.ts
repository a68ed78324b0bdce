import type { DraftReport } from '@otelier/query';
import type { Diagnostic } from '../../config/config-error.ts';
import { loadConfig } from '../../config/load.ts';
import type { ServiceConfig } from '../../config/model.ts';
import { placeInDraft, placeOf, type RestoredText } from './text-secrets.ts';

type DraftDiagnostic = DraftReport['diagnostics'][number];

/** A draft that is valid, or its errors; with warnings in either case. Places are those in the draft. */
export type LoadedDraft =
  | { readonly config: ServiceConfig; readonly diagnostics: readonly DraftDiagnostic[] }
  | { readonly config: undefined; readonly diagnostics: readonly DraftDiagnostic[] };

/** Loads a draft as a start of the process would, with the settings and the environment of the running configuration. */
export async function loadDraft(
  restored: RestoredText,
  name: string,
  base: number,
  running: ServiceConfig,
): Promise<LoadedDraft> {
  const { unknown, draft, text } = restored;
  if (unknown.length > 0) {
    const diagnostics = unknown.map(
      ({ offset, placeholder }): DraftDiagnostic => ({
        severity: 'error',
        ...placeOf(draft, offset),
        path: '',
        message: `expected the value itself, got ${placeholder}, which revision ${base} does not have`,
      }),
    );
    return { config: undefined, diagnostics };
  }
  const { settings = [], environment } = running.origin;
  const { registry } = running;
  const loaded = await loadConfig({ sources: [{ name, text }], settings, environment, registry, running });
  const diagnostics = loaded.errors.map((diagnostic) => diagnosticOf(diagnostic, name, restored));
  return { config: loaded.ok ? loaded.config : undefined, diagnostics };
}

function diagnosticOf(
  { severity, position, path, message }: Diagnostic,
  name: string,
  restored: RestoredText,
): DraftDiagnostic {
  const { source, line, column } = position;
  if (source === name) return { severity, ...placeInDraft(restored, line, column), path, message };
  // A setting of the command line, or a module.
  const place = line === 0 ? source : `${source}:${line}:${column}`;
  return { severity, line: 0, column: 0, path, message: `${place}: ${message}` };
}

/** Returns the pipelines of a configuration as they are written. */
export function pipelinesOf({ service }: ServiceConfig): NonNullable<DraftReport['pipelines']> {
  return service.pipelines.map(({ id, signal, receivers, processors, exporters }) => ({
    id,
    signal,
    receivers: receivers.map((reference) => reference.id),
    processors: processors.map((reference) => reference.id),
    exporters: exporters.map((reference) => reference.id),
  }));
}
