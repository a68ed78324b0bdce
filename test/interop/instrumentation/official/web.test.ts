import { testOfficial } from './official.testing.ts';
import { WEB } from './web.ts';

for (const name of Object.keys(WEB)) testOfficial(name, async () => '');
