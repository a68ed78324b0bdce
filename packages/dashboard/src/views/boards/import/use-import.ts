import { type DragEvent, useState } from 'react';
import { t } from '../../../locale/t.ts';
import { useKeys } from '../../../shell/keys.ts';
import { useCreateBoard } from '../edit/use-create-board.ts';
import { reports } from './reports.ts';

/** Returns functions that import a board from a file: chosen by the user, or dropped. */
export function useImport(): {
  readonly open: () => void;
  readonly failure: string | undefined;
  readonly dropHandlers: {
    readonly onDragOver: (event: DragEvent<HTMLElement>) => void;
    readonly onDrop: (event: DragEvent<HTMLElement>) => void;
  };
} {
  const create = useCreateBoard();
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    try {
      const { MAX_FILE_BYTES, readBoardFile } = await import('./read-file.ts');
      if (file.size > MAX_FILE_BYTES) {
        setFailure(`${file.name}: expected at most ${MAX_FILE_BYTES / 1e6} MB, got ${Math.round(file.size / 1e6)} MB`);
        return;
      }
      const { name, board, report } = readBoardFile(await file.text(), file.name);
      const id = await create(name, board);
      reports.set(id, report);
      setFailure(undefined);
    } catch (error) {
      setFailure((error as Error).message);
    }
  };
  const open = (): void => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = '.json,application/json';
    input.onchange = () => void take(input.files?.[0]);
    input.click();
  };
  useKeys(t('Boards'), [{ press: 'i', does: t('import a board'), hint: t('import'), run: open }]);
  return {
    open,
    failure,
    dropHandlers: {
      onDragOver: (event) => event.preventDefault(),
      onDrop: (event) => {
        event.preventDefault();
        void take(event.dataTransfer.files[0]);
      },
    },
  };
}
