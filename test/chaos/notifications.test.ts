import { suite } from './notifications.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
