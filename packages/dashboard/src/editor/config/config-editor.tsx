import { type ReactNode, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { t } from '../../locale/t.ts';
import '../editor.css';
import type { ConfigMarks } from './config-marks.ts';
import type { ConfigEditorHandle } from './mount-config-editor.ts';

/** A place to move the cursor to. Another object moves it again. */
export interface EditorPlace {
  readonly line?: number;
  readonly column?: number;
}

/** An editor for the configuration. Its code is loaded when it appears; until then the text is shown as is. */
export function ConfigEditor({
  label,
  value,
  readOnly,
  marks,
  focus,
  ...handlers
}: {
  /** Accessible name. */
  readonly label: string;
  readonly value: string;
  readonly readOnly: boolean;
  readonly marks: ConfigMarks;
  /** Moves the focus into the editor when it changes. */
  readonly focus: EditorPlace | undefined;
  readonly onChange: (value: string) => void;
  readonly onCursor: (line: number, column: number) => void;
  readonly onApply: () => void;
  readonly onNext: () => void;
}): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const handle = useRef<ConfigEditorHandle | undefined>(undefined);
  const [state, setState] = useState<'loading' | 'loaded' | 'failed'>('loading');
  const latest = useRef({ ...handlers, value, label, readOnly });
  latest.current = { ...handlers, value, label, readOnly };
  useEffect(() => {
    let ended = false;
    import('./mount-config-editor.ts').then(
      ({ mountConfigEditor }) => {
        if (ended || host.current === null) return;
        handle.current = mountConfigEditor(host.current, {
          label: latest.current.label,
          value: latest.current.value,
          readOnly: latest.current.readOnly,
          texts: {
            line: (line) => t('line {line}', { line: String(line) }),
            write: (text) => t('Write {text}', { text }),
            removed: () => t('removed'),
          },
          // Rendered at once: otherwise a key that is pressed before would restore the text before the change.
          onChange: (next) => flushSync(() => latest.current.onChange(next)),
          onCursor: (line, column) => latest.current.onCursor(line, column),
          onApply: () => latest.current.onApply(),
          onNext: () => latest.current.onNext(),
        });
        setState('loaded');
      },
      () => setState('failed'),
    );
    return () => {
      ended = true;
      handle.current?.destroy();
      handle.current = undefined;
    };
  }, []);
  useEffect(() => handle.current?.setValue(value), [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: also runs once the editor is loaded
  useEffect(() => handle.current?.setReadOnly(readOnly), [readOnly, state]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: also runs once the editor is loaded
  useEffect(() => handle.current?.setMarks(marks), [marks, state]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: also runs once the editor is loaded
  useEffect(() => {
    if (focus !== undefined) handle.current?.focus(focus.line, focus.column);
  }, [focus, state]);
  return (
    <div className="ed">
      <div ref={host} className="ed-host" data-typing={state === 'loaded' && !readOnly ? '' : undefined} />
      {state === 'loading' && <pre className="ed-plain">{value}</pre>}
      {state === 'failed' && (
        <textarea
          className="ed-plain"
          aria-label={label}
          value={value}
          readOnly={readOnly}
          spellCheck={false}
          onChange={(event) => handlers.onChange(event.target.value)}
        />
      )}
    </div>
  );
}
