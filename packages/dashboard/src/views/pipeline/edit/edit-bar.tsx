import type { ConfigurationText } from '@otelier/query';
import type { ReactNode } from 'react';
import { plural } from '../../../format/number.ts';
import { rich, t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import { PipelineTabs } from '../pipeline-tabs.tsx';
import type { Edit } from './use-edit.ts';

/** What an error in the draft prevents: the number of errors, and the line of the first one. */
export interface DraftErrors {
  readonly count: number;
  readonly line: number;
}

/** The state of the draft, and the buttons that discard, roll back and apply. */
export function EditBar({
  config,
  edit,
  errors,
  previous,
  canApply,
  onNext,
  onApply,
  onRollBack,
}: {
  readonly config: ConfigurationText;
  readonly edit: Edit;
  readonly errors: DraftErrors;
  /** The revision before the running one, if it is kept. */
  readonly previous: number | undefined;
  readonly canApply: boolean;
  readonly onNext: () => void;
  readonly onApply: () => void;
  readonly onRollBack: () => void;
}): ReactNode {
  const isWritable = config.readOnly === undefined && !edit.needsToken;
  return (
    <div className="pi-bar pe-bar bb">
      <PipelineTabs tab="edit" />
      <span className="s12 t2 row cut" role="status">
        <State config={config} edit={edit} />
        {errors.count > 0 && (
          <button type="button" className="tag err" onClick={onNext}>
            {errors.line === 0
              ? plural(errors.count, 'problem')
              : `${plural(errors.count, 'problem')}, ${t('line {line}', { line: String(errors.line) })}`}
          </button>
        )}
      </span>
      <span className="push row">
        {edit.isChanged && (
          <button type="button" className="btn bare" onClick={edit.discard}>
            {t('Discard')}
          </button>
        )}
        <button
          type="button"
          className="btn"
          disabled={!isWritable || previous === undefined || edit.applying}
          onClick={onRollBack}
        >
          <Icon name="undo" />
          {previous === undefined ? t('Roll back') : t('Roll back to {revision}', { revision: String(previous) })}
          <kbd>Z</kbd>
        </button>
        <button type="button" className={`btn ${canApply ? 'primary' : ''}`} disabled={!canApply} onClick={onApply}>
          {edit.applying ? t('Applying') : t('Apply')}
          {errors.line > 0 && (
            <span className="t3 s12">{t('once line {line} is valid', { line: String(errors.line) })}</span>
          )}
        </button>
      </span>
    </div>
  );
}

function State({ config, edit }: { readonly config: ConfigurationText; readonly edit: Edit }): ReactNode {
  const { applied, draft, isChanged } = edit;
  if (config.readOnly !== undefined)
    return <span className="cut">{rich('Read-only: {reason}', { reason: withCode(config.readOnly) })}</span>;
  // A change that restarts the server of this page ends its own request.
  if (applied?.kind === 'failed' && (isChanged || applied.failure.code !== 'unreachable'))
    return <span className="err cut">{applied.failure.message}</span>;
  if (applied?.kind === 'done' && applied.report.result === 'applied' && !isChanged) {
    return (
      <span className="ok cut">
        {t('Revision {revision} runs.', { revision: String(applied.report.revision) })} {applied.report.reason}
      </span>
    );
  }
  if (applied?.kind === 'done' && applied.report.result !== 'applied')
    return (
      <span className="err cut" title={applied.report.reason}>
        {applied.report.reason}
      </span>
    );
  if (!isChanged)
    return <span className="cut">{t('Revision {revision} runs.', { revision: String(config.revision) })}</span>;
  if (draft.base !== config.revision) {
    return (
      <>
        <span className="warn cut">
          {t('Revision {running} runs now, the draft belongs to {base}.', {
            running: String(config.revision),
            base: String(draft.base),
          })}
        </span>
        <button type="button" className="btn small" onClick={() => edit.rebase(config.revision)}>
          {t('Continue on {revision}', { revision: String(config.revision) })}
        </button>
      </>
    );
  }
  return (
    <span className="cut">
      <b className="med">{t('Draft {revision}', { revision: String(config.revision + 1) })}</b> {t('not applied')}
    </span>
  );
}

/** Returns a text with what is between backticks as code. */
function withCode(text: string): ReactNode {
  return text.split('`').map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <code key={index} className="mono">
        {part}
      </code>
    ),
  );
}
