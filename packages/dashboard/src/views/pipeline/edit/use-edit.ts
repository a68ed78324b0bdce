import type { AppliedReport, ConfigurationText, DraftReport, DryRunReport } from '@otelier/query';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { RequestFailure } from '../../../data/client.ts';
import { keepEditToken, readEditToken } from '../../../parts/edit-token/edit-token.ts';
import { type Draft, editApi } from './edit-api.ts';
import { keepDraft, readDraft } from './kept-draft.ts';

/** A change of the configuration that has ended. */
export type Applied =
  | { readonly kind: 'done'; readonly report: AppliedReport }
  | { readonly kind: 'failed'; readonly failure: RequestFailure };

/** The dry run of a text. */
export interface DryRun {
  readonly running: boolean;
  /** The text of the last result. */
  readonly text: string | undefined;
  readonly report: DryRunReport | undefined;
  readonly failure: RequestFailure | undefined;
}

/** The state of the editor. */
export interface Edit {
  readonly token: string;
  /** Whether the server has rejected the token, or there is none. */
  readonly needsToken: boolean;
  setToken(token: string): void;
  /** The text that was changed, and the revision that it belongs to. */
  readonly draft: Draft;
  readonly isChanged: boolean;
  change(text: string): void;
  /** Continues with the text on another revision. */
  rebase(base: number): void;
  discard(): void;
  /** What the server says about the draft; `undefined` while it is checked. */
  readonly checked: DraftReport | undefined;
  readonly checkFailure: RequestFailure | undefined;
  readonly dryRun: DryRun;
  startDryRun(): void;
  readonly applying: boolean;
  readonly applied: Applied | undefined;
  apply(by: string): void;
  rollBack(to: number, by: string): void;
}

/** How long typing pauses before a draft is checked, in milliseconds. */
const CHECK_MILLIS = 350;
const DRY_RUN_SECONDS = 10;
const NO_DRY_RUN: DryRun = { running: false, text: undefined, report: undefined, failure: undefined };

/** Keeps and checks a draft of the running configuration, and applies it. */
export function useEdit(config: ConfigurationText): Edit {
  const client = useQueryClient();
  const [token, setToken] = useState(readEditToken);
  const [isRejected, setRejected] = useState(false);
  const [kept, setKept] = useState(readDraft);
  const [dryRun, setDryRun] = useState(NO_DRY_RUN);
  const [applying, setApplying] = useState(false);
  const [applied, setApplied] = useState<Applied | undefined>(undefined);
  const draft = kept ?? { text: config.text, base: config.revision };
  const isChanged = kept !== undefined && kept.text !== config.text;
  const api = useMemo(() => editApi(token), [token]);
  const needsToken = token === '' || isRejected;
  const reject = (error: unknown): RequestFailure => {
    const failure =
      error instanceof RequestFailure ? error : new RequestFailure('internal', String(error), 0, 'POST /api/v1/config');
    if (failure.code === 'unauthorized') setRejected(true);
    return failure;
  };
  const { checked, failure: checkFailure } = useCheck(draft, needsToken ? undefined : api.check, reject);
  const keep = (next: Draft | undefined): void => {
    keepDraft(next);
    setKept(next);
  };
  const finish = async (work: Promise<AppliedReport>): Promise<void> => {
    setApplying(true);
    try {
      const report = await work;
      setApplied({ kind: 'done', report });
      if (report.result === 'applied') keep(undefined);
    } catch (error) {
      // A change that restarts the server of this page ends its own request.
      setApplied({ kind: 'failed', failure: reject(error) });
    } finally {
      await client.invalidateQueries({ queryKey: ['/config/text'] });
      setApplying(false);
    }
  };
  return {
    token,
    needsToken,
    setToken(next) {
      keepEditToken(next);
      setRejected(false);
      setToken(next.trim());
    },
    draft,
    isChanged,
    change(text) {
      setApplied(undefined);
      const lines = config.text.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text;
      keep(lines === config.text && draft.base === config.revision ? undefined : { text: lines, base: draft.base });
    },
    rebase: (base) => keep({ text: draft.text, base }),
    discard() {
      setApplied(undefined);
      keep(undefined);
    },
    checked,
    checkFailure,
    dryRun,
    startDryRun() {
      if (dryRun.running || needsToken) return;
      setDryRun({ ...dryRun, running: true, failure: undefined });
      api.dryRun(draft, DRY_RUN_SECONDS).then(
        (report) => setDryRun({ running: false, text: draft.text, report, failure: undefined }),
        (error: unknown) => setDryRun({ ...dryRun, running: false, failure: reject(error) }),
      );
    },
    applying,
    applied,
    apply: (by) => void finish(api.apply(draft, config.revision, by)),
    rollBack: (to, by) => void finish(api.rollBack(to, config.revision, by)),
  };
}

/** Checks a draft when it has not changed for a moment. */
function useCheck(
  { text, base }: Draft,
  check: ((draft: Draft, signal: AbortSignal) => Promise<DraftReport>) | undefined,
  reject: (error: unknown) => RequestFailure,
) {
  const [result, setResult] = useState<{ key: string; report?: DraftReport; failure?: RequestFailure }>({ key: '' });
  const key = `${base} ${text}`;
  const latest = useRef(reject);
  latest.current = reject;
  useEffect(() => {
    if (check === undefined) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      check({ text, base }, abort.signal).then(
        (report) => setResult({ key, report }),
        (error: unknown) => {
          if (!abort.signal.aborted) setResult({ key, failure: latest.current(error) });
        },
      );
    }, CHECK_MILLIS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, base, key, check]);
  const isCurrent = result.key === key;
  return { checked: isCurrent ? result.report : undefined, failure: isCurrent ? result.failure : undefined };
}
