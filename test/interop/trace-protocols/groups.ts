import type { ExportCase, ReceiveCase } from './case.ts';
import { exportCases, jaegerExportCases } from './export-cases.ts';
import { jaegerCases } from './jaeger-cases.ts';
import type { Group } from './records.ts';
import { zipkinCases } from './zipkin-cases.ts';

/** All cases by group. */
export const GROUPS: Readonly<Record<Group, readonly (ReceiveCase | ExportCase)[]>> = {
  zipkin: zipkinCases(),
  'zipkin-export': exportCases(),
  jaeger: jaegerCases(),
  'jaeger-export': jaegerExportCases(),
};
