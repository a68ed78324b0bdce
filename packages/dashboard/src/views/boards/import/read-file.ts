import { BoardError, readBoard } from '../model/read-board.ts';
import { BOARD_FILE } from '../model/save-json.ts';
import { importGrafana, isGrafanaDashboard } from './grafana/import-grafana.ts';
import type { ImportedBoard } from './imported-board.ts';

/** Largest file that is read. */
export const MAX_FILE_BYTES = 10_000_000;

/** Reads a board of otelier, or a dashboard of Grafana. Throws a `BoardError` for anything else. */
export function readBoardFile(text: string, fileName: string): ImportedBoard {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new BoardError(`${fileName}: expected JSON: ${(error as Error).message.slice(0, 200)}`);
  }
  const fields = (typeof document === 'object' && document !== null ? document : {}) as Readonly<
    Record<string, unknown>
  >;
  const fallback = fileName.replace(/\.json$/i, '');
  if (fields['kind'] === BOARD_FILE) {
    const { name } = fields;
    return {
      name: typeof name === 'string' && name.trim() !== '' ? name : fallback,
      board: readBoard(document),
      report: [],
    };
  }
  // The API of Grafana wraps dashboards.
  const dashboard = fields['dashboard'] ?? document;
  if (isGrafanaDashboard(dashboard)) return importGrafana(dashboard, fallback);
  if ('elements' in fields || String(fields['apiVersion'] ?? '').startsWith('dashboard.grafana.app/')) {
    throw new BoardError(
      `${fileName}: this is a dashboard in Grafana's schema v2. Export it with the classic model: Export, Export as JSON, Model: Classic.`,
    );
  }
  throw new BoardError(`${fileName}: expected a board of otelier or a dashboard of Grafana with a list of panels`);
}
