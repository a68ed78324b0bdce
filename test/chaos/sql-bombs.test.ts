import { suite } from './sql-bombs.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
