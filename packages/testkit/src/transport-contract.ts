import { describe } from 'node:test';
import { boundTests } from './transport-contract/bounds.ts';
import { connectionTests } from './transport-contract/connections.ts';
import { deliveryTests } from './transport-contract/delivery.ts';
import { lifeTests } from './transport-contract/life.ts';
import type { TransportUnderTest } from './transport-contract/under-test.ts';
import { unusedPartsTests } from './transport-contract/unused-parts.ts';

export * from './certificates.ts';
export * from './cutting-proxy.ts';
export * from './recording-handler.ts';
export * from './transport-contract/under-test.ts';

/**
 * Tests the server and client of a transport against their contracts (`ExportServer`, `ExportClient`, `ExportHandler`).
 */
export function transportContract(name: string, transport: TransportUnderTest): void {
  describe(name, { concurrency: true }, () => {
    deliveryTests(transport);
    boundTests(transport);
    lifeTests(transport);
    connectionTests(transport);
    unusedPartsTests(transport);
  });
}
