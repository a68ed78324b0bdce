/**
 * Starts the SDK before the program: `node --import @otelier/sdk/register app.js`. If the configuration is invalid, the
 * error is printed to the console and the program runs without telemetry.
 */
import { errorMessage } from '../error-message.ts';
import { startSdk } from './start-sdk.ts';

try {
  await startSdk();
} catch (error) {
  console.error(`@otelier/sdk: telemetry disabled: ${errorMessage(error)}`);
}
