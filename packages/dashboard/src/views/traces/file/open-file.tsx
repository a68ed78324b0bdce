import { type ReactNode, useRef } from 'react';
import { t } from '../../../locale/t.ts';
import type { FileDrop } from './use-file-drop.ts';

/** The button that opens a file, the hint while a file is dragged, and why a file could not be opened. */
export function OpenFile({ drop }: { readonly drop: FileDrop }): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        className="btn"
        title={t('Open traces in OTLP/JSON or protobuf without storing them; you can also drop a file here')}
        onClick={() => input.current?.click()}
      >
        {t('Open file')}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={t('File with traces')}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          if (file !== undefined) void drop.open(file);
        }}
      />
      {drop.isDragging && (
        <div className="tr-drop">{t('Drop a file with traces: OTLP/JSON or protobuf. It is not stored.')}</div>
      )}
      {drop.problem !== undefined && (
        <div role="alert" className="pop tr-file-problem">
          <span className="err">{t('The file cannot be shown')}</span>: {drop.problem}
        </div>
      )}
    </>
  );
}
