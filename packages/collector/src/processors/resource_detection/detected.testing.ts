import { createComponentBench } from '@otelier/testkit/component-bench';
import { decodeRequest } from '@otelier/testkit/request-codec';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { resourceDetection } from '../resource_detection.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the attributes that a configuration adds to telemetry without resource attributes, and the schema URL. */
export async function detected(config: Readonly<Record<string, unknown>>, environment: Environment = {}) {
  const bench = await createComponentBench(resourceDetection, { signals: ['logs'], config, environment });
  try {
    await bench.start();
    await bench.send(sampleBatch('logs'));
    const [part] = bench.received[0]?.parts ?? [];
    const json = part && decodeRequest('logs', part);
    const [group] = (json?.resourceLogs ?? []) as readonly Group[];
    const attributes = (group?.resource?.attributes ?? []).filter(
      ({ key, value }) => key !== 'service.name' || value.stringValue !== 'shop',
    );
    return {
      attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)])),
      schemaUrl: group?.schemaUrl ?? '',
      logs: bench.logs,
    };
  } finally {
    await bench.close();
  }
}

interface Group {
  readonly resource?: { readonly attributes?: readonly { readonly key: string; readonly value: Value }[] };
  readonly schemaUrl?: string;
}

interface Value {
  readonly stringValue?: string;
  readonly intValue?: string;
  readonly arrayValue?: { readonly values?: readonly Value[] };
}

function plain({ stringValue, intValue, arrayValue }: Value): unknown {
  if (arrayValue !== undefined) return (arrayValue.values ?? []).map(plain);
  return stringValue ?? Number(intValue);
}
