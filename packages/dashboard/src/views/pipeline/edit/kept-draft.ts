import type { Draft } from './edit-api.ts';

const DRAFT = 'otelier.draft';
const AUTHOR = 'otelier.author';

/** Returns the draft of this tab, which survives a reload of the page. It can contain secrets, so that it ends with the tab. */
export function readDraft(): Draft | undefined {
  try {
    const { text, base } = JSON.parse(sessionStorage.getItem(DRAFT) ?? '{}') as Partial<Draft>;
    return typeof text === 'string' && typeof base === 'number' ? { text, base } : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a draft, or removes it. */
export function keepDraft(draft: Draft | undefined): void {
  if (draft === undefined) sessionStorage.removeItem(DRAFT);
  else sessionStorage.setItem(DRAFT, JSON.stringify({ text: draft.text, base: draft.base }));
}

/** Returns the name that revisions get. */
export function readAuthor(): string {
  return localStorage.getItem(AUTHOR) ?? '';
}

export function keepAuthor(name: string): void {
  localStorage.setItem(AUTHOR, name);
}
