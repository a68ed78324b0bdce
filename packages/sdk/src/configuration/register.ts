/**
 * Starts the SDK before the program: `node --import @otelier/sdk/register app.js`. A configuration that cannot be used is told of on the console, and the program runs without telemetry.
 */
import { startSdk } from './start-sdk.ts';

try {
  await startSdk();
} catch (error) {
  console.error(`@otelier/sdk: no telemetry: ${error instanceof Error ? error.message : String(error)}`);
}
