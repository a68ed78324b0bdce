import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@otelier/transport';
import { pino } from 'pino';
import { parse } from 'yaml';
import { createKubernetesClient } from '../../../packages/collector/src/kubernetes/client.ts';
import { createObjectWriter } from '../../../packages/collector/src/kubernetes/object-writer.ts';
import { kubeConfigServer } from '../../../packages/collector/src/kubernetes/server/kube-config.ts';
import { convertDocuments } from '../../../packages/collector/src/operator/convert/convert-documents.ts';
import {
  CONVERT,
  followForeignCollectors,
  UNSUPPORTED,
} from '../../../packages/collector/src/operator/convert/follow-foreign-collectors.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import type { Compared } from './compare.ts';
import { until } from './webhook.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const FOREIGN = '/apis/opentelemetry.io/v1beta1/namespaces/default/opentelemetrycollectors';
const OWN = '/apis/otelier.dev/v1alpha1/namespaces/default';
const PLURALS: Readonly<Record<string, string>> = { Collector: 'collectors', Instrumentation: 'instrumentations' };

/**
 * Converts the objects of the end-to-end tests of the OpenTelemetry operator, and checks that the API server accepts the results;
 * then keeps a collector of an object with its real definition. Does nothing without a checkout of the operator.
 */
export async function checkConversion(cluster: Cluster, checkout: string): Promise<Compared> {
  if (!existsSync(checkout)) return { compared: 0, mismatches: [], note: 'no checkout of the operator' };
  const mismatches: string[] = [];
  let compared = 0;
  let failed = 0;
  for (const file of await readdir(join(checkout, 'tests'), { recursive: true })) {
    // Assertions have parts of objects.
    if (!/\.ya?ml$/.test(file) || /assert|error|patch/.test(file)) continue;
    for (const result of convertDocuments(await readFile(join(checkout, 'tests', file), 'utf8'))) {
      if (!result.ok) {
        failed += 1;
        continue;
      }
      compared += 1;
      const { namespace: _, ...metadata } = result.object.metadata;
      const path = `${OWN}/${PLURALS[result.object.kind]}?dryRun=All&fieldValidation=Strict`;
      await cluster
        .send('POST', path, { ...result.object, metadata: { ...metadata, name: metadata.name || 'unnamed' } })
        .catch((error: unknown) => mismatches.push(`${file}: ${result.name}: ${String(error)}`));
    }
  }
  const note = `${failed} without a configuration`;
  const life = await checkLife(cluster, checkout).catch((error: unknown) => [String(error)]);
  return { compared: compared + 3, mismatches: [...mismatches, ...life], note };
}

async function checkLife(cluster: Cluster, checkout: string): Promise<readonly string[]> {
  const file = join(checkout, 'config/crd/bases/opentelemetry.io_opentelemetrycollectors.yaml');
  await cluster.send('POST', DEFINITIONS, parse(await readFile(file, 'utf8')));
  const exists = (path: string): Promise<boolean> =>
    cluster.send('GET', path).then(
      () => true,
      () => false,
    );
  await until(() => exists(FOREIGN), 'the definition of the other operator');
  const server = kubeConfigServer({ KUBECONFIG: cluster.kubeConfig });
  const client = createKubernetesClient(server);
  const writer = createObjectWriter(server);
  const logger = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });
  const context = { client, writer, logger, clock: systemClock, random: Math.random, identity: 'interop' };
  const following = followForeignCollectors(context);
  try {
    await cluster.send('POST', FOREIGN, {
      apiVersion: 'opentelemetry.io/v1beta1',
      kind: 'OpenTelemetryCollector',
      metadata: { name: 'moved', annotations: { [CONVERT]: 'true' } },
      spec: {
        replicas: 2,
        hostNetwork: true,
        config: {
          receivers: { otlp: { protocols: { grpc: {} } } },
          exporters: { debug: {} },
          service: { pipelines: { traces: { receivers: ['otlp'], exporters: ['debug'] } } },
        },
      },
    });
    const moved = `${OWN}/collectors/moved`;
    await until(() => exists(moved), 'a Collector');
    const made = (await cluster.send('GET', moved)) as {
      readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: { readonly replicas?: number };
    };
    const fields = made.metadata.annotations?.[UNSUPPORTED] ?? '';
    if (made.spec.replicas !== 2 || !fields.startsWith('spec.hostNetwork:')) throw new Error(JSON.stringify(made));
    const events = await cluster.send(
      'GET',
      '/api/v1/namespaces/default/events?fieldSelector=reason=UnsupportedFields',
    );
    if ((events['items'] as readonly unknown[]).length !== 1) throw new Error('expected an event');
    await cluster.send('PATCH', `${FOREIGN}/moved`, { metadata: { annotations: { [CONVERT]: null } } });
    await until(async () => !(await exists(moved)), 'no Collector without the annotation');
    return [];
  } finally {
    await following.close();
    client.close();
    writer.close();
  }
}
