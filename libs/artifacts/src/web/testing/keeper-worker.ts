import { keepBlobs } from '../blob-keeper.ts';
import { cacheFolder } from '../cache-folder.ts';

const limit = Number(new URLSearchParams(location.search).get('limit') ?? 10 ** 9);
keepBlobs(async () => ({ folder: await cacheFolder(), limit }));
