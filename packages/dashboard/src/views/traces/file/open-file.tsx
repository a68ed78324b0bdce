import { type ReactNode, useRef } from 'react';
import type { FileDrop } from './use-file-drop.ts';

/** The button that opens a file, the hint while a file is dragged, and why a file could not be opened. */
export function OpenFile({ drop }: { readonly drop: FileDrop }): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        className="btn"
        title="Open traces in OTLP/JSON or protobuf without storing them; you can also drop a file here"
        onClick={() => input.current?.click()}
      >
        Open file
      </button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label="File with traces"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          if (file !== undefined) void drop.open(file);
        }}
      />
      {drop.isDragging && (
        <div className="tr-drop">Drop a file with traces: OTLP/JSON or protobuf. It is not stored.</div>
      )}
      {drop.problem !== undefined && (
        <div role="alert" className="pop tr-file-problem">
          <span className="err">The file cannot be shown</span>: {drop.problem}
        </div>
      )}
    </>
  );
}
