import { describeInChromium } from '@fleetfit/host/describe-in-chromium';

describeInChromium('what a phone keeps', { suite: new URL('./testing/keeping.ts', import.meta.url), isolated: true });
