import type { ConfigurationEditor } from '@otelier/query';
import type { EditorOptions, FileEditor } from './editor.ts';

/** An editor that is loaded by its first request. */
export interface EditorOnDemand extends ConfigurationEditor {
  close(): Promise<void>;
}

/** Creates an editor of the configuration, which most processes never load. */
export function createEditorOnDemand(options: EditorOptions): EditorOnDemand {
  let loading: Promise<FileEditor> | undefined;
  const editor = () => {
    loading ??= import('./editor.ts').then(({ FileEditor }) => new FileEditor(options));
    return loading;
  };
  return {
    read: async () => (await editor()).read(),
    revision: async (revision) => (await editor()).revision(revision),
    check: async (draft) => (await editor()).check(draft),
    dryRun: async (draft, observedMillis, signal) => (await editor()).dryRun(draft, observedMillis, signal),
    insert: async (request) => (await editor()).insert(request),
    apply: async (edit) => (await editor()).apply(edit),
    rollBack: async (edit) => (await editor()).rollBack(edit),
    async close() {
      (await loading)?.close();
    },
  };
}
