import type { Catalog } from './active.ts';
import admin from './zh/admin.json' with { type: 'json' };
import alerts from './zh/alerts.json' with { type: 'json' };
import boards from './zh/boards.json' with { type: 'json' };
import certificates from './zh/certificates.json' with { type: 'json' };
import common from './zh/common.json' with { type: 'json' };
import cost from './zh/cost.json' with { type: 'json' };
import errors from './zh/errors.json' with { type: 'json' };
import health from './zh/health.json' with { type: 'json' };
import logs from './zh/logs.json' with { type: 'json' };
import map from './zh/map.json' with { type: 'json' };
import metrics from './zh/metrics.json' with { type: 'json' };
import overview from './zh/overview.json' with { type: 'json' };
import pipeline from './zh/pipeline.json' with { type: 'json' };
import query from './zh/query.json' with { type: 'json' };
import sealed from './zh/sealed.json' with { type: 'json' };
import senders from './zh/senders.json' with { type: 'json' };
import service from './zh/service.json' with { type: 'json' };
import shell from './zh/shell.json' with { type: 'json' };
import traces from './zh/traces.json' with { type: 'json' };

/** The Chinese texts of the page. */
export const CATALOG: Catalog = {
  ...common,
  ...admin,
  ...shell,
  ...overview,
  ...traces,
  ...logs,
  ...metrics,
  ...boards,
  ...errors,
  ...map,
  ...alerts,
  ...senders,
  ...sealed,
  ...certificates,
  ...service,
  ...pipeline,
  ...query,
  ...health,
  ...cost,
};
