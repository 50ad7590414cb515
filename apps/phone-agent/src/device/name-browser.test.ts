import { describe, expect, it } from 'vitest';
import { nameBrowser } from './name-browser.ts';

const PIXEL = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15';

const named = (userAgent: string, hints?: object) =>
  nameBrowser({ userAgent, cores: 8, userAgentData: hints && { getHighEntropyValues: async () => hints } });

describe('the name of a browser and of what it runs on', () => {
  it('comes from client hints where there are any: the user-agent string says Android 10 and K of every phone', async () => {
    const hints = {
      architecture: '',
      bitness: '',
      model: 'Pixel 8',
      platform: 'Android',
      platformVersion: '15.0.0',
      fullVersionList: [
        { brand: 'Not)A;Brand', version: '8.0.0.0' },
        { brand: 'Chromium', version: '156.0.1.2' },
        { brand: 'Google Chrome', version: '156.0.1.2' },
      ],
    };
    expect(await named(PIXEL, hints)).toMatchObject({ model: 'Pixel 8', chip: 'Pixel 8', os: 'Android 15', browser: 'Chrome 156' });
  });

  it('is read from the string elsewhere', async () => {
    expect(await named(IPHONE)).toMatchObject({ model: 'iPhone', chip: 'iPhone', os: 'iOS 18', browser: 'Safari 26', arch: 'arm' });
    expect(await named(FIREFOX)).toMatchObject({ model: '', chip: 'x86-64 with 8 cores', os: 'Linux', browser: 'Firefox 145' });
    expect(await named(MAC)).toMatchObject({ os: 'macOS', browser: 'Safari 26' });
    expect(await named('curl/8')).toMatchObject({ os: 'an unknown system', browser: 'an unknown browser', chip: 'unknown with 8 cores' });
  });

  it('does without hints that are refused', async () => {
    const refusing = { getHighEntropyValues: () => Promise.reject(new Error('no')) };
    expect(await nameBrowser({ userAgent: FIREFOX, cores: 1, userAgentData: refusing })).toMatchObject({ chip: 'x86-64 with 1 core' });
  });
});
