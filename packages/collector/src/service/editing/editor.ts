import { DirectoryLockedError } from '@otelier/journal';
import type {
  AppliedReport,
  ConfigurationEditor,
  ConfigurationText,
  Draft,
  DraftReport,
  DryRunReport,
  Edit,
  InsertedProcessor,
  RevisionText,
} from '@otelier/query';
import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import { errorMessage } from '../../component/error-message.ts';
import type { Host, LastReload, ReloadReport } from '../../component/host.ts';
import type { ServiceConfig } from '../../config/model.ts';
import { type BaseText, baseTextOf } from './base-text.ts';
import { hasContent, replaceableFile, stageFile } from './config-file.ts';
import { DraftError, ReadOnlyConfigurationError, RevisionConflictError, UnknownRevisionError } from './errors.ts';
import type { ProcessorInsertion } from './insert/insert-processor.ts';
import { loadDraft, pipelinesOf } from './load-draft.ts';
import { type Revision, RevisionFiles } from './revision-files.ts';
import { hideSecrets, type RestoredText, restoreSecrets } from './text-secrets.ts';

/** The file that a configuration comes from, or why there is none that can be changed. */
export type ConfigurationSource = { readonly file: string } | { readonly readOnly: string };

/** The running configuration, as far as an editor changes it. */
export interface EditedConfiguration {
  readonly last: LastReload | undefined;
  /** Runs a change after the reloads that were requested before it. */
  inTurn<T>(
    trigger: LastReload['trigger'],
    change: (reload: (config: ServiceConfig) => Promise<ReloadReport>) => Promise<T>,
  ): Promise<T>;
}

/** What an editor needs. */
export interface EditorOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: none that can be changed. */
  readonly source?: ConfigurationSource;
  readonly configuration: EditedConfiguration;
  readonly host: Pick<Host, 'graph' | 'subscribe'>;
  /** URL of the module with the registry. Default: the built-in one. */
  readonly registry?: URL;
  running(): ServiceConfig;
  plan(config: ServiceConfig): ReloadReport;
}

/** Largest text that is edited, in characters: as much as a request may contain. */
const MAX_TEXT = 200_000;

const NO_FILE: ConfigurationSource = { readOnly: 'it does not come from a file' };

type Target =
  | { readonly kind: 'file'; readonly path: string; readonly revisions: RevisionFiles }
  | { readonly kind: 'read-only'; readonly reason: string };

interface Change extends Edit {
  readonly what: string | undefined;
  /** Returns the new text, with its secrets. */
  restored(name: string, current: Revision): Promise<{ readonly text: RestoredText; readonly base: number }>;
}

/** Changes the running configuration together with its file, and keeps its revisions beside the file. */
export class FileEditor implements ConfigurationEditor {
  readonly #options: EditorOptions;
  readonly #startMillis: number;
  #revisions: RevisionFiles | undefined;
  /** The newest revision that is kept. */
  #last: Revision | undefined;

  constructor(options: EditorOptions) {
    this.#options = options;
    this.#startMillis = options.clock.now();
  }

  async read(): Promise<ConfigurationText> {
    const running = this.#options.running();
    const base = baseTextOf(running);
    const target = this.#target(base);
    const { text } = await hideSecrets(base.text, running.registry);
    const shown = { name: base.name, text, pipelines: pipelinesOf(running) };
    if (target.kind === 'read-only') return { ...shown, revision: 0, revisions: [], readOnly: target.reason };
    const { revision, text: _, ...entry } = await this.#current(target.revisions, base);
    const kept = target.revisions.list();
    return { ...shown, revision, revisions: kept.length > 0 ? kept : [{ revision, ...entry }] };
  }

  async revision(revision: number): Promise<RevisionText | undefined> {
    const running = this.#options.running();
    const found = await this.#find(revision);
    if (found === undefined) return undefined;
    return { ...found, text: (await hideSecrets(found.text, running.registry)).text };
  }

  async check(draft: Draft): Promise<DraftReport> {
    const { config, diagnostics } = await this.#load(draft);
    if (config === undefined) return { diagnostics };
    const { result, reason, kept, restarted, added, removed } = this.#options.plan(config);
    const changes = { kept, restarted, added, removed };
    const refused = result === 'rolled_back' ? { refused: reason ?? 'it needs a restart' } : {};
    return { diagnostics, changes, pipelines: pipelinesOf(config), ...refused };
  }

  async dryRun(draft: Draft, observedMillis: number, signal: AbortSignal): Promise<DryRunReport> {
    const { config, diagnostics } = await this.#load(draft);
    if (config !== undefined) {
      const { dryRun } = await import('./dry-run/dry-run.ts');
      return await dryRun(config, observedMillis, signal, this.#options);
    }
    const [first] = diagnostics.filter(({ severity }) => severity === 'error');
    throw new DraftError(
      `text: expected a valid configuration, got an error in line ${first?.line}: ${first?.message}`,
    );
  }

  async insert(request: ProcessorInsertion): Promise<InsertedProcessor> {
    const { insertProcessor } = await import('./insert/insert-processor.ts');
    return insertProcessor(request);
  }

  apply({ text, base, ...edit }: Draft & Edit): Promise<AppliedReport> {
    return this.#change({
      ...edit,
      what: undefined,
      restored: async () => ({ text: await this.#restore({ text, base }), base }),
    });
  }

  rollBack({ to, ...edit }: Edit & { readonly to: number }): Promise<AppliedReport> {
    return this.#change({
      ...edit,
      what: `rolled back to ${to}`,
      restored: async () => {
        const found = await this.#find(to);
        if (found === undefined) throw unknown('to', to);
        const { text } = found;
        return { text: { text, draft: text, pieces: [], unknown: [] }, base: to };
      },
    });
  }

  close(): void {
    this.#revisions?.close();
  }

  #target({ text }: BaseText): Target {
    const { source = NO_FILE, running } = this.#options;
    const readOnly = (reason: string): Target => ({ kind: 'read-only', reason });
    if ('readOnly' in source) return readOnly(source.readOnly);
    if (running().origin.sources.length !== 1) return readOnly('a management server adds to it; change it there');
    if (text.length > MAX_TEXT) return readOnly(`it has more than ${MAX_TEXT} characters`);
    const file = replaceableFile(source.file);
    if (file.kind === 'read-only') return file;
    this.#revisions ??= new RevisionFiles({
      directory: `${file.path}.revisions`,
      onDamage: (message) => this.#options.logger.error(message),
    });
    try {
      this.#revisions.list();
    } catch (error) {
      if (error instanceof DirectoryLockedError) return readOnly(`another process edits it: ${error.message}`);
      return readOnly(`its revisions cannot be read: ${errorMessage(error)}`);
    }
    return { kind: 'file', path: file.path, revisions: this.#revisions };
  }

  /** Returns the revision that runs. If the file was changed and reloaded meanwhile, it becomes a new one. */
  async #current(revisions: RevisionFiles, { text, name }: BaseText): Promise<Revision> {
    const [newest] = revisions.list();
    if (newest === undefined)
      return { revision: 1, atMillis: this.#startMillis, by: 'file', what: `read from ${name}`, text };
    if (this.#last?.revision !== newest.revision) this.#last = revisions.read(newest.revision);
    if (this.#last?.text === text) return this.#last;
    const { last } = this.#options.configuration;
    const atMillis = last?.result === 'rolled_back' ? this.#startMillis : (last?.atMillis ?? this.#startMillis);
    this.#last = await revisions.append({ atMillis, by: 'file', what: describe(last) ?? `read from ${name}`, text });
    return this.#last;
  }

  /** Returns a revision with its secrets; 0 is a configuration without revisions. */
  async #find(revision: number): Promise<Revision | undefined> {
    const base = baseTextOf(this.#options.running());
    const target = this.#target(base);
    if (target.kind === 'read-only')
      return revision === 0 ? { revision, atMillis: this.#startMillis, by: '', what: '', text: base.text } : undefined;
    const current = await this.#current(target.revisions, base);
    return current.revision === revision ? current : target.revisions.read(revision);
  }

  async #restore({ text, base }: Draft): Promise<RestoredText> {
    const found = await this.#find(base);
    if (found === undefined) throw unknown('base', base);
    return restoreSecrets(text, await hideSecrets(found.text, this.#options.running().registry));
  }

  async #load(draft: Draft) {
    const running = this.#options.running();
    return await loadDraft(await this.#restore(draft), baseTextOf(running).name, draft.base, running);
  }

  #change({ revision, by, client, what, restored }: Change): Promise<AppliedReport> {
    const { configuration, running, logger, clock } = this.#options;
    // Reloads take turns, so that of two changes the second one sees the revision of the first one.
    return configuration.inTurn('page', async (reload): Promise<AppliedReport> => {
      const base = baseTextOf(running());
      const target = this.#target(base);
      if (target.kind === 'read-only')
        throw new ReadOnlyConfigurationError(`the configuration is read-only: ${target.reason}`);
      const current = await this.#current(target.revisions, base);
      await checkUnchanged(revision, current, target.path, base);
      const keeps = `revision ${current.revision} keeps running`;
      const next = await restored(base.name, current);
      const { config, diagnostics } = await loadDraft(next.text, base.name, next.base, running());
      const same = { revision: current.revision, diagnostics };
      if (config === undefined) return { ...same, result: 'invalid', reason: `the draft has errors; ${keeps}` };
      if (next.text.text === current.text)
        return { ...same, result: 'applied', reason: `nothing has changed; ${keeps}` };
      const staged = await stageFile(target.path, next.text.text);
      let report: ReloadReport;
      try {
        report = await reload(config);
      } catch (error) {
        await staged.discard();
        throw error;
      }
      const author = by.trim() === '' ? 'page' : by.trim();
      const changes = changesOf(report);
      if (report.result === 'rolled_back') {
        await staged.discard();
        logger.warn({ by: author, client, revision: current.revision, reason: report.reason }, 'edit not applied');
        return { ...same, result: 'rolled_back', changes, reason: `${report.reason ?? 'it did not start'}; ${keeps}` };
      }
      await staged.commit();
      if (target.revisions.list().length === 0) {
        const { revision: _, ...first } = current;
        await target.revisions.append(first);
      }
      const entry = { atMillis: clock.now(), by: author, what: what ?? describe(report) ?? 'no component' };
      this.#last = await target.revisions.append({ ...entry, text: next.text.text });
      const { kept: _, ...changed } = changes;
      logger.info(
        { revision: this.#last.revision, from: current.revision, by: author, client, what: entry.what, ...changed },
        'configuration edited',
      );
      const { reason, lostItems } = report;
      const lost = { ...(reason !== undefined && { reason }), ...(lostItems !== undefined && { lostItems }) };
      return { result: 'applied', revision: this.#last.revision, diagnostics, changes, ...lost };
    });
  }
}

/** Throws a `RevisionConflictError` if another revision runs than the one that was edited, or the file has changed. */
async function checkUnchanged(revision: number, current: Revision, path: string, base: BaseText): Promise<void> {
  if (revision !== current.revision) {
    throw new RevisionConflictError(
      `revision: expected ${current.revision}, which runs now (${current.by}: ${current.what}), got ${revision}`,
    );
  }
  if (await hasContent(path, base.text)) return;
  throw new RevisionConflictError(
    `revision: ${base.name} has changed on disk since revision ${revision} was read from it; reload it, or restore it`,
  );
}

function unknown(name: string, revision: number): UnknownRevisionError {
  return new UnknownRevisionError(`${name}: expected a revision that is kept, got ${revision}`);
}

function changesOf({ kept, restarted, added, removed }: ReloadReport) {
  return { kept, restarted, added, removed };
}

/** Describes a reload by what it changed: `restarts processors/batch, adds processors/filter`. */
function describe(report: ReloadReport | LastReload | undefined): string | undefined {
  if (report === undefined || report.result === 'rolled_back') return undefined;
  const groups = [
    ['restarts', report.restarted],
    ['adds', report.added],
    ['removes', report.removed],
  ] as const;
  const parts = groups.flatMap(([verb, ids]) => (ids.length === 0 ? [] : [`${verb} ${ids.join(', ')}`]));
  const text = parts.length === 0 ? 'order, comments or settings of the service' : parts.join(', ');
  return text.length > MAX_WHAT ? `${text.slice(0, MAX_WHAT - 1)}…` : text;
}

const MAX_WHAT = 200;
