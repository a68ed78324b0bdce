import type { Catalog } from './active.ts';
import admin from './de/admin.json' with { type: 'json' };
import alerts from './de/alerts.json' with { type: 'json' };
import boards from './de/boards.json' with { type: 'json' };
import certificates from './de/certificates.json' with { type: 'json' };
import common from './de/common.json' with { type: 'json' };
import cost from './de/cost.json' with { type: 'json' };
import errors from './de/errors.json' with { type: 'json' };
import health from './de/health.json' with { type: 'json' };
import logs from './de/logs.json' with { type: 'json' };
import map from './de/map.json' with { type: 'json' };
import metrics from './de/metrics.json' with { type: 'json' };
import overview from './de/overview.json' with { type: 'json' };
import pipeline from './de/pipeline.json' with { type: 'json' };
import query from './de/query.json' with { type: 'json' };
import sealed from './de/sealed.json' with { type: 'json' };
import senders from './de/senders.json' with { type: 'json' };
import service from './de/service.json' with { type: 'json' };
import shell from './de/shell.json' with { type: 'json' };
import traces from './de/traces.json' with { type: 'json' };

/** The German texts of the page. */
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
