import { certificates } from '../certificates/list-certificates.ts';
import { createHold, legalHolds, releaseHold } from '../compliance/holds.ts';
import { complianceReportOf } from '../compliance/reports.ts';
import {
  eraseSubject,
  erasures,
  exportSubject,
  removeStandingErasure,
  searchSubject,
  subjectJobOf,
  verifyErasure,
} from '../compliance/subjects.ts';
import { redactionPreview } from '../redaction/preview.ts';
import { deliveries } from './alerting/deliveries.ts';
import { slos } from './alerting/slos.ts';
import { tryRules } from './alerting/try-rules.ts';
import {
  applyDraft,
  checkDraft,
  configurationDraft,
  configurationRevision,
  dryRunDraft,
  insertProcessor,
  rollBack,
} from './configuration-editing.ts';
import { cost, costAttributes, costPreview } from './cost.ts';
import { doctor, senders } from './doctor.ts';
import { document, documents, removeDocument, saveDocument } from './documents.ts';
import type { Endpoint } from './endpoint.ts';
import { errorCauses } from './error-causes.ts';
import {
  changeOwnPassword,
  confirmSecondFactor,
  ownAccount,
  removeSecondFactor,
  revokeOwnSession,
  startSecondFactor,
} from './identity/account.ts';
import { audit, verifyAudit } from './identity/audit.ts';
import { invitations, invitePerson, revokeInvitation } from './identity/invitations.ts';
import { addPasskey, removePasskey, startPasskey } from './identity/passkeys.ts';
import {
  changePerson,
  createPerson,
  people,
  removePerson,
  removePersonSecondFactor,
  revokeSession,
  sessions,
  setPersonPassword,
} from './identity/people.ts';
import { createKey, keys, removeRole, revokeKey, roles, rotateKey, saveRole } from './identity/roles-and-keys.ts';
import {
  changeServiceAccount,
  createServiceAccount,
  removeServiceAccount,
  serviceAccounts,
} from './identity/service-accounts.ts';
import { pipelineLedger, why } from './inspect.ts';
import { logPatterns } from './log-patterns.ts';
import { attributeKeys, logFacets, logHistogram, logs } from './logs.ts';
import { metricLabels, metricSeries, metrics } from './metrics.ts';
import { errors, heatmap, red, routes, services } from './overview.ts';
import { compareTraces, serviceGraph, spanValues, traceHeatmap, traceReferences } from './populations.ts';
import { configuration, pipeline, reload, sql, status } from './process.ts';
import { processHistory } from './process-history.ts';
import { flameProfile, heapSnapshot, profile } from './profile.ts';
import { releases, serviceDetail } from './service-detail.ts';
import {
  createTenant,
  limitTenant,
  listTenants,
  removeTenant,
  renameTenant,
  resumeTenant,
  suspendTenant,
  usageOfTenants,
} from './tenants/tenants.ts';
import { traceOtlp } from './trace-otlp.ts';
import { trace, traceMatches, traces } from './traces.ts';

/** All JSON endpoints, in documentation order. */
export const ENDPOINTS: readonly Endpoint[] = [
  status,
  ...[services, red, heatmap, routes, errors, errorCauses, serviceGraph, serviceDetail, releases],
  ...[traces, trace, traceMatches, traceOtlp, traceReferences, traceHeatmap, compareTraces],
  ...[logs, logHistogram, logFacets, logPatterns, attributeKeys, spanValues],
  ...[metrics, metricLabels, metricSeries],
  ...[cost, costAttributes, costPreview],
  redactionPreview,
  pipeline,
  pipelineLedger,
  why,
  configuration,
  reload,
  ...[configurationDraft, configurationRevision, checkDraft, dryRunDraft, insertProcessor, applyDraft, rollBack],
  doctor,
  certificates,
  senders,
  deliveries,
  slos,
  tryRules,
  processHistory,
  profile,
  flameProfile,
  heapSnapshot,
  sql,
  ...[listTenants, usageOfTenants, createTenant, renameTenant, suspendTenant, resumeTenant, limitTenant, removeTenant],
  ...[searchSubject, exportSubject, eraseSubject, subjectJobOf, erasures, removeStandingErasure, verifyErasure],
  ...[legalHolds, createHold, releaseHold, complianceReportOf],
  ...[documents, document, saveDocument, removeDocument],
  ...[ownAccount, changeOwnPassword, startSecondFactor, confirmSecondFactor, removeSecondFactor, revokeOwnSession],
  ...[people, createPerson, changePerson, setPersonPassword, removePersonSecondFactor, removePerson],
  ...[sessions, revokeSession],
  ...[roles, saveRole, removeRole],
  ...[startPasskey, addPasskey, removePasskey],
  ...[invitations, invitePerson, revokeInvitation],
  ...[serviceAccounts, createServiceAccount, changeServiceAccount, removeServiceAccount],
  ...[keys, createKey, rotateKey, revokeKey],
  ...[audit, verifyAudit],
];
