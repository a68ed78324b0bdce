import { suite } from './hostile-telemetry.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
