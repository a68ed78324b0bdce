/**
 * Starts the SDK before the program and instruments the libraries it loads: `node --import @otelier/sdk/register app.js`.
 * If the configuration is invalid, the error is printed to the console and the program runs without telemetry.
 */
import { errorMessage } from '../error-message.ts';
import { instrumentAll } from '../instrumentation/all.ts';
import { startSdk } from './start-sdk.ts';

try {
  const { tracerProvider, meterProvider } = await startSdk();
  if (tracerProvider !== undefined || meterProvider !== undefined) instrumentAll(process.env);
} catch (error) {
  console.error(`@otelier/sdk: telemetry disabled: ${errorMessage(error)}`);
}
