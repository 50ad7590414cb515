/** User-agent client hints, https://wicg.github.io/ua-client-hints/: Chromium alone. */
export interface UserAgentData {
  getHighEntropyValues(hints: readonly string[]): Promise<{
    readonly architecture?: string;
    readonly bitness?: string;
    readonly model?: string;
    readonly platform?: string;
    readonly platformVersion?: string;
    readonly fullVersionList?: readonly { readonly brand: string; readonly version: string }[];
  }>;
}

export interface BrowserNames {
  /** `Pixel 8`; empty where the browser does not tell. */
  readonly model: string;
  /** What stands for the chip, which no browser tells: the model of the phone, or the architecture and the number of cores. */
  readonly chip: string;
  readonly arch: string;
  /** `Android 15`. */
  readonly os: string;
  /** `Chrome 156`: the engine compiles wasm, so that its version belongs to the class. */
  readonly browser: string;
}

interface Asked {
  readonly userAgent: string;
  readonly userAgentData: UserAgentData | undefined;
  readonly cores: number;
}

/** Names what a browser runs on, from client hints where it has them, else from its user-agent string. */
export async function nameBrowser({ userAgent, userAgentData, cores }: Asked): Promise<BrowserNames> {
  const hints = await userAgentData
    ?.getHighEntropyValues(['architecture', 'bitness', 'model', 'platformVersion', 'fullVersionList'])
    .catch(() => undefined);
  const read = readUserAgent(userAgent);
  const model = hints?.model || read.model;
  const arch = hints?.architecture ? `${hints.architecture}${hints.bitness ? `-${hints.bitness}` : ''}` : read.arch;
  const os = hints?.platform ? `${hints.platform} ${major(hints.platformVersion)}`.trim() : read.os;
  const brand = hints?.fullVersionList
    ?.filter(({ brand }) => !/not.?a.?brand/i.test(brand))
    .sort((a, b) => specific(b.brand) - specific(a.brand))[0];
  const browser = brand ? `${brand.brand.replace(/^Google /, '')} ${major(brand.version)}` : read.browser;
  return { model, arch, os, browser, chip: model || `${arch} with ${cores} ${cores === 1 ? 'core' : 'cores'}` };
}

const specific = (brand: string): number => (brand === 'Chromium' ? 0 : 1);
const major = (version = ''): string => version.split('.')[0] ?? '';

function readUserAgent(text: string): Omit<BrowserNames, 'chip'> {
  const first = (patterns: readonly (readonly [name: string, pattern: RegExp])[], other: string): string => {
    for (const [name, pattern] of patterns) {
      const [found, version = ''] = pattern.exec(text) ?? [];
      if (found !== undefined) return `${name} ${version}`.trim();
    }
    return other;
  };
  const [model = ''] = /iPhone|iPad/.exec(text) ?? [];
  const os = first(SYSTEMS, 'an unknown system');
  return {
    model,
    os,
    browser: first(BROWSERS, 'an unknown browser'),
    arch: /^iOS|^Android/.test(os) ? 'arm' : first([['x86-64', /x86_64|Win64|Intel/]], 'unknown'),
  };
}

// The first that matches: many name others, too.
const BROWSERS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Firefox', /(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /(?:Chrome|CriOS)\/(\d+)/],
  ['Safari', /Version\/(\d+)[\d.]* .*Safari/],
];
const SYSTEMS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['iOS', /(?:iPhone|iPad).* OS (\d+)_/],
  ['Android', /Android (\d+)/],
  ['macOS', /Mac OS X/],
  ['Windows', /Windows/],
  ['Linux', /Linux/],
];
