import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll } from 'vitest';

/** A folder for one test file, removed at its end. */
export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'fleetfit-compressor-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, content: Uint8Array | string): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  /** A file that never comes to its end: whoever reads it waits until he is stopped. */
  const endless = (name: string): string => {
    const path = join(folder, name);
    execFileSync('mkfifo', [path]);
    return path;
  };
  return { folder, write, endless };
}

const COLOURS = { blue: { r: 20, g: 30, b: 220 }, green: { r: 30, g: 220, b: 20 }, red: { r: 220, g: 20, b: 30 } };

/** Twenty images each of blue, green and red, no two alike, in folders. */
export async function colourFolder(write: (name: string, content: Uint8Array) => string, under: string): Promise<void> {
  for (const [name, background] of Object.entries(COLOURS)) {
    for (let i = 0; i < 20; i++) {
      const size = { width: 12 + i, height: 10 + (i % 7) };
      const shade = { ...background, r: background.r + i, b: Math.max(0, background.b - i) };
      write(
        `${under}/${name}/${i}.png`,
        await sharp({ create: { ...size, channels: 3, background: shade } })
          .png()
          .toBuffer(),
      );
    }
  }
}
