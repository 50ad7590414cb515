import { join } from 'node:path';
import type { NextConfig } from 'next';

const config: NextConfig = {
  // Plain files: the coordinator serves them, there is no server of ours beside it.
  output: 'export',
  // Workspace libs are TypeScript source.
  transpilePackages: ['@fleetfit/api', '@fleetfit/core', '@fleetfit/space', '@fleetfit/stats', '@fleetfit/sweep'],
  turbopack: { root: join(import.meta.dirname, '../..') },
  // Types are checked by `npm run types`, once for the whole workspace.
  typescript: { ignoreBuildErrors: true },
  devIndicators: false,
  reactStrictMode: true,
  poweredByHeader: false,
};

export default config;
