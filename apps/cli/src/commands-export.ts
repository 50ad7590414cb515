import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ExportView } from '@fleetfit/api';
import { FleetError } from '@fleetfit/core';
import { sayBytes } from '@fleetfit/sweep';
import type { Command } from 'commander';
import { asked } from './api-client.ts';
import { type CommandContext, run } from './command-context.ts';

/** `export`: the winners as files. */
export function addExportCommand(program: Command): void {
  program
    .command('export <sweep>')
    .description('Write the best model of every device class as one ONNX file, with its recipe and figures beside it')
    .option('--out <folder>', 'where to', 'out')
    .option('--class <id>', 'of one device class only')
    .action((sweep: string, options: { out: string; class?: string }, command: Command) =>
      run((context) => exportAll(sweep, options, context), command),
    );
}

async function exportAll(sweep: string, options: { out: string; class?: string }, context: CommandContext): Promise<void> {
  const files = await exportSweep(
    { sweep, folder: resolve(options.out), ...(options.class !== undefined && { classId: options.class }) },
    context,
  );
  context.tell(files);
  for (const each of files)
    context.say(`${each.file}   ${context.paint.dim(`${each.candidate} for ${each.classLabel}, ${sayBytes(each.bytes)}`)}`);
}

export interface Exported extends Pick<ExportView, 'classId' | 'classLabel' | 'candidate' | 'bytes'> {
  readonly file: string;
}

/** Fetches the winners into a folder. @throws FleetError `not-found` when there is none */
export async function exportSweep(
  wanted: { sweep: string; folder: string; classId?: string },
  { api, address }: Pick<CommandContext, 'api' | 'address'>,
): Promise<Exported[]> {
  const all = await asked(api().sweeps.exports.query({ id: wanted.sweep }));
  const chosen = all.filter((each) => wanted.classId === undefined || each.classId === wanted.classId);
  if (chosen.length === 0)
    throw new FleetError('not-found', `Cannot export from sweep ${wanted.sweep}: it has no candidate inside the limits yet`, {
      next: `see how it stands: fleetfit sweep show ${wanted.sweep}`,
    });
  await mkdir(wanted.folder, { recursive: true });
  const written: Exported[] = [];
  for (const { classId, classLabel, candidate, fileName, path, aboutPath } of chosen) {
    const file = join(wanted.folder, fileName);
    const model = await fetched(address() + path);
    await writeFile(file, model);
    await writeFile(`${file}.json`, await fetched(address() + aboutPath));
    written.push({ classId, classLabel, candidate, file, bytes: model.length });
  }
  return written;
}

async function fetched(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new FleetError('unavailable', `Cannot fetch ${url}: ${(await response.text()).trim() || response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}
