import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes a fontconfig file for fonts in folders of ours and returns its path, for FONTCONFIG_FILE. Without one an unpacked browser finds no
 * font at all: every glyph has width 0, screenshots are blank, and nothing says so.
 */
export function writeFontConfig(folder: string, fonts: { readonly folders: readonly string[]; readonly family: string }): string {
  const alias = (name: string): string => `  <alias><family>${name}</family><prefer><family>${fonts.family}</family></prefer></alias>`;
  const file = join(folder, 'fonts.conf');
  writeFileSync(
    file,
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
${fonts.folders.map((one) => `  <dir>${one}</dir>`).join('\n')}
  <cachedir>${join(folder, 'font-cache')}</cachedir>
${['sans-serif', 'serif', 'monospace', 'system-ui'].map(alias).join('\n')}
</fontconfig>
`,
  );
  return file;
}
