import { type ReactNode, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { Language } from '../query/languages.ts';
import './editor.css';
import type { EditorMark } from './contract.ts';
import type { EditorHandle } from './mount-editor.ts';

/**
 * An editor for queries with completion. The editor's code is loaded when the first one appears; until then the text is
 * shown as is.
 */
export function CodeEditor({
  label,
  language,
  value,
  mark,
  focusKey,
  onChange,
  onRun,
  range,
}: {
  /** Accessible name. */
  readonly label: string;
  readonly language: Language;
  readonly value: string;
  /** An error to show at its position. */
  readonly mark?: EditorMark | undefined;
  /** Moves the focus into the editor when it changes. */
  readonly focusKey?: number | undefined;
  readonly onChange: (value: string) => void;
  readonly onRun: () => void;
  /** The time range whose names and values are completed. */
  readonly range: { readonly startMillis: number; readonly endMillis: number };
}): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const handle = useRef<EditorHandle | undefined>(undefined);
  const [loaded, setLoaded] = useState(false);
  const [failed, setFailed] = useState(false);
  const latest = useRef({ onChange, onRun, range, value, language, label });
  latest.current = { onChange, onRun, range, value, language, label };
  useEffect(() => {
    let ended = false;
    import('./mount-editor.ts').then(
      ({ mountEditor }) => {
        if (ended || host.current === null) return;
        const { value: text, language: lang, label: name } = latest.current;
        handle.current = mountEditor(host.current, {
          label: name,
          language: lang,
          value: text,
          // Rendered at once: otherwise a key that is pressed before would run or restore the text before the change.
          onChange: (next) => flushSync(() => latest.current.onChange(next)),
          onRun: () => latest.current.onRun(),
          range: () => latest.current.range,
        });
        setLoaded(true);
      },
      () => setFailed(true),
    );
    return () => {
      ended = true;
      handle.current?.destroy();
      handle.current = undefined;
    };
  }, []);
  useEffect(() => handle.current?.setLanguage(language), [language]);
  useEffect(() => handle.current?.setValue(value), [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: also runs once the editor is loaded
  useEffect(() => handle.current?.setMark(mark), [mark, loaded]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: also runs once the editor is loaded
  useEffect(() => {
    if (focusKey !== undefined && focusKey > 0) handle.current?.focus(mark?.offset);
  }, [focusKey, loaded]);
  return (
    <div className="ed">
      <div ref={host} className="ed-host" data-typing={loaded ? '' : undefined} />
      {!loaded && !failed && <pre className="ed-plain">{value}</pre>}
      {failed && (
        <textarea
          className="ed-plain"
          aria-label={label}
          value={value}
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) onRun();
          }}
        />
      )}
    </div>
  );
}
