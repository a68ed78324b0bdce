import type { ConfigurationText } from '@otelier/query';
import { type ReactNode, useMemo, useState } from 'react';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { useChangeSearch } from '../../../data/use-search.ts';
import { ConfigEditor, type EditorPlace } from '../../../editor/config/config-editor.tsx';
import type { ConfigMarks } from '../../../editor/config/config-marks.ts';
import { t } from '../../../locale/t.ts';
import { Failure } from '../../../parts/failure.tsx';
import { LoadingRows } from '../../../parts/loading.tsx';
import { useKeys } from '../../../shell/keys.ts';
import { DraftGraph } from './draft-graph.tsx';
import { DryRunPane } from './dry-run-pane.tsx';
import './edit.css';
import { TokenForm } from '../../../parts/edit-token/token-form.tsx';
import { EditBar } from './edit-bar.tsx';
import { keepAuthor, readAuthor } from './kept-draft.ts';
import { countLines, diffLines } from './line-diff.ts';
import { repairsOf } from './repairs.ts';
import { Against } from './revisions/against.tsx';
import { RevisionsPane } from './revisions/revisions-pane.tsx';
import { compareOf, useCompared } from './revisions/use-compared.ts';
import { useEdit } from './use-edit.ts';
import { useIsPhone } from './use-is-phone.ts';

/** Edits the running configuration: the text, what it changes, and what it would do. */
export function PipelineEdit(): ReactNode {
  const { data, failure, retry } = useApiQuery<ConfigurationText>({ path: '/config/text', refetchMillis: 5000 });
  if (failure !== undefined && data === undefined) return <Failure failure={failure} retry={retry} />;
  return data === undefined ? <LoadingRows rows={10} height={44} /> : <Loaded config={data} />;
}

function Loaded({ config }: { readonly config: ConfigurationText }): ReactNode {
  const edit = useEdit(config);
  const change = useChangeSearch();
  const isPhone = useIsPhone();
  const [author, setAuthor] = useState(readAuthor);
  const [focus, setFocus] = useState<EditorPlace | undefined>(undefined);
  const [cursor, setCursor] = useState({ line: 1, column: 1 });
  const { other, base } = useCompared(config);
  const shownText = other?.text ?? edit.draft.text;
  const lines = useMemo(() => diffLines(base.text, shownText), [base.text, shownText]);
  const diagnostics = edit.checked?.diagnostics ?? NO_DIAGNOSTICS;
  const marks = useMemo<ConfigMarks>(
    () => ({
      lines,
      diagnostics: other === undefined ? diagnostics.map((one) => ({ ...one, repairs: repairsOf(one.message) })) : [],
    }),
    [lines, diagnostics, other],
  );
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const isWritable = config.readOnly === undefined && !edit.needsToken && !edit.applying;
  const canApply =
    isWritable &&
    edit.isChanged &&
    edit.draft.base === config.revision &&
    edit.checked?.changes !== undefined &&
    edit.checked.refused === undefined;
  const previous = config.revisions.find(({ revision }) => revision < config.revision)?.revision;
  const apply = (): void => {
    if (canApply) edit.apply(author);
  };
  const rollBack = (to: number | undefined): void => {
    if (isWritable && to !== undefined) edit.rollBack(to, author);
  };
  const next = (): void => {
    const places = diagnostics.filter(({ line }) => line > 0);
    const after = places.find(({ line }) => line > cursor.line) ?? places[0];
    if (after !== undefined) setFocus({ line: after.line, column: after.column });
  };
  const canRun = !edit.needsToken && edit.checked?.changes !== undefined;
  useKeys(t('Pipeline'), [
    { press: 'e', does: t('edit the configuration'), hint: t('edit'), run: () => setFocus({}) },
    { press: 'd', does: t('dry run'), hint: t('dry run'), run: () => canRun && edit.startDryRun() },
    { press: 'F8', does: t('next problem'), hint: t('next problem'), run: next },
    { press: 'Ctrl s', does: t('apply'), hint: t('apply'), shown: ['Ctrl', 'S'], run: apply },
    { press: 'z', does: t('roll back'), hint: t('roll back'), run: () => rollBack(previous) },
    { press: 'Escape', does: t('show the graph'), run: () => change({ edit: undefined, compare: undefined }) },
  ]);
  const [firstError] = errors;
  const counts = countLines(lines);
  return (
    <div className="pi pe">
      <EditBar
        config={config}
        edit={edit}
        errors={{ count: errors.length, line: firstError?.line ?? 0 }}
        previous={previous}
        canApply={canApply}
        onNext={next}
        onApply={apply}
        onRollBack={() => rollBack(previous)}
      />
      <section className="pe-text" aria-label={t('Configuration')}>
        {edit.needsToken && <TokenForm isWrong={edit.token !== ''} onToken={edit.setToken} />}
        <div className="head bb">
          <h2 className="mono med cut" title={config.name}>
            {config.name.split('/').at(-1)}
          </h2>
          <span className="note cut">
            {other === undefined ? (
              t('against revision {revision}', { revision: String(config.revision) })
            ) : (
              <Against
                shown={other.revision}
                base={base.revision}
                revisions={config.revisions.map(({ revision }) => revision)}
                onBase={(next) => change({ compare: compareOf(other.revision, next, config.revision) })}
              />
            )}
          </span>
          <span className="push row s11 pe-legend">
            <i className="add" />
            {t('added')}
            <i className="chg" />
            {t('changed')}
            <i className="del" />
            {t('removed')}
          </span>
        </div>
        <ConfigEditor
          label={t('Configuration')}
          value={shownText}
          readOnly={other !== undefined || isPhone || edit.applying}
          marks={marks}
          focus={focus}
          onChange={(text) => {
            if (other === undefined) edit.change(text);
          }}
          onCursor={(line, column) => setCursor({ line, column })}
          onApply={apply}
          onNext={next}
        />
        <div className="pe-cursor bt s11 t3">
          <span>{t('Line {line}, column {column}', { line: String(cursor.line), column: String(cursor.column) })}</span>
          <span className="push cut">{edit.checkFailure?.message ?? edit.checked?.refused}</span>
        </div>
      </section>
      <DraftGraph config={config} checked={edit.checked} report={edit.dryRun.report} />
      <RevisionsPane
        config={config}
        shown={other?.revision}
        author={author}
        canApply={isWritable}
        draft={edit.isChanged && other === undefined ? counts : undefined}
        onAuthor={(name) => {
          keepAuthor(name);
          setAuthor(name);
        }}
        onShow={(revision) =>
          change({ compare: revision === undefined ? undefined : compareOf(revision, base.revision, config.revision) })
        }
        onRollBack={rollBack}
      />
      <DryRunPane dryRun={edit.dryRun} draft={edit.draft.text} canRun={canRun} onRun={edit.startDryRun} />
    </div>
  );
}

const NO_DIAGNOSTICS: NonNullable<ReturnType<typeof useEdit>['checked']>['diagnostics'] = [];
