import { useQueryClient } from '@tanstack/react-query';
import { type DragEvent, useCallback, useEffect, useState } from 'react';
import { setOpenedFile, useOpenedFile } from '../../../data/file/local-source.ts';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';

/** Larger files are refused, because the page holds all spans in memory. */
const MAX_BYTES = 256 << 20;

/** Opens files with traces, which are dropped or chosen. The page shows their traces without storing them. */
export interface FileDrop {
  /** Name of the opened file. */
  readonly name: string | undefined;
  /** Why the last file could not be opened. */
  readonly problem: string | undefined;
  readonly isDragging: boolean;
  readonly open: (file: File) => Promise<void>;
  readonly close: () => void;
  readonly handlers: {
    readonly onDragOver: (event: DragEvent<HTMLElement>) => void;
    readonly onDragLeave: (event: DragEvent<HTMLElement>) => void;
    readonly onDrop: (event: DragEvent<HTMLElement>) => void;
  };
}

/** Returns the state of opened files, and the handlers of an element onto which files are dropped. */
export function useFileDrop(): FileDrop {
  const opened = useOpenedFile();
  const change = useChangeSearch();
  const client = useQueryClient();
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isDragging, setDragging] = useState(false);
  const forget = useCallback(
    () => client.removeQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith('/traces') }),
    [client],
  );
  const { trace } = usePageSearch();
  const [isClosing, setClosing] = useState(false);
  // A trace of the file must be closed first, because the API does not know it.
  useEffect(() => {
    if (!isClosing || trace !== undefined) return;
    setClosing(false);
    setOpenedFile(undefined);
    forget();
  }, [isClosing, trace, forget]);
  const open = async (file: File): Promise<void> => {
    try {
      if (file.size > MAX_BYTES) throw new Error(`expected at most ${MAX_BYTES >> 20} MiB, got ${file.size >> 20} MiB`);
      const [{ readTraces }, { fileSource, rangeOfSpans }] = await Promise.all([
        import('./read-traces.ts'),
        import('./file-source.ts'),
      ]);
      const spans = readTraces(new Uint8Array(await file.arrayBuffer()));
      setOpenedFile({ name: file.name, source: fileSource(spans) });
      setProblem(undefined);
      forget();
      const first = spans[0]?.traceId;
      const isSingle = spans.every(({ traceId }) => traceId === first);
      change({
        ...rangeOfSpans(spans),
        ...{ at: undefined, where: undefined, text: undefined, span: undefined, find: undefined, compare: undefined },
        trace: isSingle ? first : undefined,
      });
    } catch (error) {
      setProblem(`${file.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return {
    ...{ name: opened?.name, problem, isDragging, open },
    close() {
      setProblem(undefined);
      setClosing(true);
      change({ from: undefined, to: undefined, trace: undefined, span: undefined });
    },
    handlers: {
      onDragOver(event) {
        if (!event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setDragging(true);
      },
      onDragLeave(event) {
        if (event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget)) return;
        setDragging(false);
      },
      onDrop(event) {
        const [file] = event.dataTransfer.files;
        setDragging(false);
        if (file === undefined) return;
        event.preventDefault();
        void open(file);
      },
    },
  };
}
