import { cacheFolder, cacheLimit, keepBlobs } from '@fleetfit/artifacts/web';

// The worker that owns the cache of this origin.
keepBlobs(async () => ({ folder: await cacheFolder(), limit: await cacheLimit() }));
