import { z } from '@hono/zod-openapi';
import { certificate, diskUsage, observedSender } from './pipeline/health.ts';

export const finding = z
  .object({
    check: z.string().describe('The check that found it, such as `certificates`.'),
    severity: z.enum(['warning', 'error']),
    subject: z.string().describe('What it concerns, such as `exporters/otlp_http` or a file.'),
    message: z.string().describe('The evidence.'),
    remedy: z.string().describe('What to do.'),
  })
  .openapi('Finding');

export const doctorReport = z
  .object({
    findings: z.array(finding).describe('Errors first.'),
    checks: z.array(z.string()).describe('The checks that were made.'),
    failedChecks: z
      .array(z.object({ check: z.string(), message: z.string() }))
      .describe('The checks that could not be made, and why.'),
    observedMillis: z.number().describe('How long counters and telemetry were observed.'),
    certificates: z
      .array(certificate)
      .describe('The certificates of the configuration, those that expire first at the front.'),
    disks: z.array(diskUsage).describe('The directories that components write.'),
    senders: z
      .array(observedSender)
      .describe('Who sent telemetry while it was observed, most items first. Empty without a process.'),
  })
  .openapi('DoctorReport');
