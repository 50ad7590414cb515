import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { asked } from '@fleetfit/cli';
import { sweepId } from '@fleetfit/core';
import { decodeModel, encodeModel, type Model } from '@fleetfit/onnx';
import { type DeviceFacts, Phase, type Report, Verdict } from '@fleetfit/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinByHand, type LoneDevice } from './lone-device.ts';
import { fleetfit, type Said } from './terminal.ts';
import { bringInDrinks, DRINKS, finished, QUICK, startTestFleet, type TestFleet, until } from './test-fleet.ts';

// One fleet for all of it: whatever is refused must leave it as it was, which the last tests show.
let fleet: TestFleet;
let bad: string;
beforeAll(async () => {
  fleet = await startTestFleet();
  await bringInDrinks(fleet);
  bad = join(fleet.folder, 'bad');
  await mkdir(bad);
}, 240_000);
afterAll(() => fleet?.close(), 60_000);

const type = (...args: readonly string[]): Promise<Said> => fleetfit(fleet.home, ...args);

/** What a refusal looks like in a terminal: one sentence and what to do, nothing on standard output, exit code 1. */
function expectRefused({ code, out, err }: Said, sentence: RegExp, next?: RegExp): void {
  const [first = '', second = '', ...more] = err.trimEnd().split('\n');
  expect(first).toMatch(/^error: Cannot /);
  expect(first).toMatch(sentence);
  if (next) {
    expect(second).toMatch(/^try: /);
    expect(second).toMatch(next);
  }
  expect(more).toEqual([]);
  expect(out).toBe('');
  expect(code).toBe(1);
}

describe('what is brought in', { timeout: 240_000 }, () => {
  const original = async (): Promise<Uint8Array> => new Uint8Array(await readFile(DRINKS));
  const edited = (change: (model: Model) => Model) => async () => encodeModel(change(decodeModel(await original())));
  const ofOpset = (opset: number) => edited((model) => ({ ...model, opsets: new Map([...model.opsets, ['', opset]]) }));
  const withUnknownOp = edited((model) => ({
    ...model,
    graph: { ...model.graph, nodes: model.graph.nodes.map((node, i) => (i === 0 ? { ...node, op: 'Convolute' } : node)) },
  }));

  it.each([
    ['that is cut off', async () => (await original()).subarray(0, 300_000), /the file ends /, /copy or download the file again/],
    ['that is no model', async () => new TextEncoder().encode('hello, here is your model\n'), /Cannot read the model/, undefined],
    ['of opset 6', ofOpset(6), /opset 6; opsets 7 to \d+ are supported/, /newer opset/],
    ['of opset 99', ofOpset(99), /opset 99; opsets up to \d+ are supported/, /older opset/],
    [
      'with an operator that onnxruntime does not know',
      withUnknownOp,
      /onnxruntime knows no operator "Convolute" in opset 17/,
      /operators of ONNX/,
    ],
  ] as const)('refuses a model %s', async (what, make, sentence, next) => {
    const file = join(bad, `model-${what.replaceAll(' ', '-')}.onnx`);
    await writeFile(file, await make());
    expectRefused(await type('model', 'add', file), sentence, next);
  });

  it('refuses a model that is not there', async () => {
    expectRefused(await type('model', 'add', join(bad, 'nowhere.onnx')), /there is nothing at .*nowhere\.onnx/);
  });

  it('says the same in JSON, for programs', async () => {
    const { code, out, err } = await type('--json', 'model', 'add', join(bad, 'nowhere.onnx'));
    expect(JSON.parse(err)).toMatchObject({ code: 'not-found', error: expect.stringContaining('there is nothing at') });
    expect([code, out]).toEqual([1, '']);
  });

  it('refuses an empty dataset', async () => {
    await mkdir(join(bad, 'empty'));
    expectRefused(await type('dataset', 'add', join(bad, 'empty')), /Cannot add the dataset: ".*empty" is empty/, /give /);
  });

  it('refuses a dataset whose labels are out of range, and names them', async () => {
    const folder = join(bad, 'labels');
    const [picture = ''] = await pictures();
    await mkdir(folder);
    await copyFile(picture, join(folder, 'one.png'));
    await copyFile(picture, join(folder, 'two.png'));
    await writeFile(join(folder, 'classes.json'), JSON.stringify(['cup', 'can']));
    await writeFile(join(folder, 'labels.csv'), 'file,label\none.png,1\ntwo.png,7\n');
    expectRefused(await type('dataset', 'add', folder), /1 of 2 .*outside 0\.\.1 \(2 classes\): .*two\.png/, /correct the labels/);
  });

  it('refuses to sweep on a dataset with more classes than the model has outputs', async () => {
    const folder = join(bad, 'wide');
    for (const [i, picture] of (await pictures()).slice(0, 40).entries()) {
      const of = join(folder, `class-${String(i % 20).padStart(2, '0')}`);
      await mkdir(of, { recursive: true });
      await copyFile(picture, join(of, `${i}.png`));
    }
    expect(await type('dataset', 'add', folder)).toMatchObject({ code: 0 });
    expectRefused(await type('sweep', 'run', '--model', 'net', '--dataset', 'wide'), /label 19 is out of range, the model has \d+ outputs/);
  });

  it('refuses a sweep of what is not there, and says how to add it', async () => {
    expectRefused(
      await type('sweep', 'run', '--model', 'nothing', '--dataset', 'drinks'),
      /Cannot find model "nothing"/,
      /fleetfit model add/,
    );
    expectRefused(await type('sweep', 'show', 's99'), /Cannot find sweep s99/, /fleetfit sweep list/);
  });

  it('keeps what was there before', async () => {
    const models = await asked(fleet.api.models.list.query());
    expect(models.filter((each) => each.state.kind === 'ready').map((each) => each.id)).toEqual(['net']);
    expect(models.find((each) => each.id === 'net')?.state).toEqual({ kind: 'ready' });
  });

  async function pictures(): Promise<string[]> {
    const all = await readdir(join(fleet.folder, 'drinks'), { recursive: true });
    return all.filter((each) => each.endsWith('.png')).map((each) => join(fleet.folder, 'drinks', each));
  }
});

describe('what is started', { timeout: 240_000 }, () => {
  it('refuses a second coordinator on the same data folder, and names who holds it', async () => {
    expectRefused(await type('up', '--port', '0', '--compressors', '0'), new RegExp(`the data folder .*${fleet.coordinator.pid()}`));
    expect(await asked(fleet.api.health.query())).toMatchObject({ compressors: 1 });
  });

  it('refuses a port that another program has', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const address = blocker.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    try {
      const said = await fleetfit(join(fleet.folder, 'another'), 'up', '--port', String(port), '--compressors', '0');
      expectRefused(withoutProgress(said), new RegExp(`port ${port} is taken`), /--port \d+/);
    } finally {
      blocker.close();
    }
  });

  it('says how to start one where none has run', async () => {
    expectRefused(await fleetfit(join(fleet.folder, 'nobody'), 'device', 'list'), /none has run with the data folder/, /fleetfit up/);
  });

  // What it does on the way (finding nats-server, say) may be told before the refusal.
  const withoutProgress = (said: Said): Said => ({ ...said, out: said.out.replace(/^(?!error).*\n/gm, '') });
});

describe('who comes to the doors', { timeout: 240_000 }, () => {
  const invite = async (minutes = 5): Promise<string> =>
    (await asked(fleet.api.devices.invite.mutate({ uses: 1, minutes, autoApprove: true }))).link;
  const joinWith = (link: string, name: string): Promise<Said> =>
    fleetfit(fleet.home, 'join', link, '--home-folder', join(bad, name), '--name', name);

  it('refuses a join token that is wrong, used or expired', async () => {
    const used = await invite();
    const lone = await loneDevice(used);
    await lone.close();
    const expired = await invite(1 / 60_000);
    await sleep(50);
    const wrong = (await invite()).replace(/#.*/, '#AAAAAAAAAAAAAAAAAAAAAA');
    for (const [name, link] of Object.entries({ wrong, used, expired }))
      expectRefused(await joinWith(link, `${name}-token`), /this link is wrong, was used, or is over/, /fleetfit device add/);
    const phone = (await asked(fleet.api.devices.invite.mutate({}))).phoneLink;
    expectRefused(await joinWith(phone, 'phone-link'), /this link: it is for browsers/, /begins with fleetfit:\/\//);
    expectRefused(await joinWith('http://example.com', 'no-link'), /a link looks like fleetfit:\/\//, /fleetfit device add/);
    await asked(fleet.api.devices.revoke.mutate({ id: lone.id }));
  });

  it('drops a revoked device at once: no messages, no report, no session, no work', async () => {
    const device = await loneDevice(await invite());
    expect(await device.ask(100)).toMatchObject({ $case: 'noWork' });
    expect(await type('device', 'revoke', device.id)).toMatchObject({ code: 0, out: `${device.id} is out.\n` });
    await until('the message server to refuse it', async () => device.refusals.length > 0);
    await expect(device.report(madeUp(device.id, { attemptId: 'a1', jobId: 'j1', fence: 1 }))).rejects.toMatchObject({
      code: 'denied',
      message: expect.stringContaining('it is revoked'),
    });
    await expect(device.openSession()).rejects.toMatchObject({ code: 'denied', message: expect.stringContaining('was revoked') });
    await device.close();
  });

  it('ends the agent of a revoked device with the reason', async () => {
    const name = 'to be revoked';
    const agent = spawn(
      process.execPath,
      [fileURLToPath(new URL('../../../apps/cli/bin/fleetfit.mjs', import.meta.url)), 'join', await invite(), '--name', name],
      { env: { ...process.env, FLEETFIT_HOME: join(bad, 'elsewhere'), NO_COLOR: '1' } },
    );
    let err = '';
    agent.stderr.on('data', (text: Buffer) => (err += text.toString()));
    const ended = new Promise<number | null>((resolve) => agent.once('exit', resolve));
    await until('the agent to be here', async () => {
      const device = (await asked(fleet.api.devices.list.query())).find((each) => each.name.startsWith(name));
      if (!device?.online) return false;
      await asked(fleet.api.devices.revoke.mutate({ id: device.id }));
      return true;
    });
    expect(await ended).toBe(1);
    expect(err).toMatch(/^error: Cannot open a session: device d\w+ was revoked/);
  });

  it('serves people of this computer only: no foreign Host, no foreign Origin, nothing of theirs at the door for devices', async () => {
    const { operator, tensors } = fleet.addresses;
    const own = new URL(operator).host;
    expect(await get(operator, '/trpc/health', { host: own })).toMatchObject({ status: 200 });
    expect(await get(operator, '/trpc/health', { host: own, origin: operator })).toMatchObject({ status: 200 });
    const foreign = { status: 403, text: 'This address is for this computer only.\n' };
    expect(await get(operator, '/trpc/health', { host: 'evil.example' })).toEqual(foreign);
    expect(await get(operator, '/', { host: `evil.example:${new URL(operator).port}` })).toEqual(foreign);
    expect(await get(operator, '/trpc/health', { host: own, origin: 'https://evil.example' })).toEqual(foreign);
    expect(await get(operator, '/trpc/health', { host: own, origin: 'null' })).toEqual(foreign);
    expect(await get(tensors, '/trpc/health', { host: new URL(tensors).host })).toMatchObject({ status: 404 });
  });
});

describe('afterwards the fleet works', { timeout: 240_000 }, () => {
  it('a device whose disk is full gives its work back, and does it once there is room', async () => {
    // Every part that the device would write lands on a disk that is always full.
    const parts = join(fleet.folder, 'agent-0', 'cache', '.parts');
    const blobs = (await readdir(join(fleet.home, 'blobs'), { recursive: true })).flatMap((each) => /[0-9a-f]{64}$/.exec(each) ?? []);
    await mkdir(parts, { recursive: true });
    for (const hash of blobs) await symlink('/dev/full', join(parts, hash));
    const { id } = await asked(fleet.api.sweeps.start.mutate({ ...QUICK, candidates: 1, classes: [await classOfAgent()] }));
    const log = join(fleet.home, 'logs', 'coordinator.log');
    await until('the device to give it back', async () => (await readFile(log, 'utf8')).includes('the disk is full'));
    const view = await asked(fleet.api.sweeps.show.query({ id }));
    expect(view.state).toBe('running');
    await rm(parts, { recursive: true });
    await mkdir(parts);
    expect((await finished(fleet.api, id)).progress).toMatchObject({ total: 1, measured: 1, failed: 0 });
  });

  it("a report for another device's attempt changes nothing, and its owner's counts", async () => {
    const { link } = await asked(fleet.api.devices.invite.mutate({ uses: 1, minutes: 5, autoApprove: true }));
    const thief = await loneDevice(link);
    const { id } = await asked(fleet.api.sweeps.start.mutate({ ...QUICK, classes: [await classOfAgent()] }));
    const stolen = await attemptUnderWay();
    const rejected = { verdict: Verdict.VERDICT_REJECTED };
    expect(await thief.report(madeUp(thief.id, stolen))).toMatchObject({ ...rejected, reason: expect.stringContaining('is not one of') });
    const owner = await agentId();
    expect(await thief.report(madeUp(owner, stolen))).toEqual({ ...rejected, reason: 'this report names another device' });
    const unknown = { ...stolen, attemptId: '00000000-0000-4000-8000-000000000000' };
    expect(await thief.report(madeUp(thief.id, unknown))).toMatchObject({ ...rejected, reason: expect.stringContaining('is unknown') });
    const view = await finished(fleet.api, id);
    expect(view.progress).toMatchObject({ total: 3, measured: 3, failed: 0 });
    // Also once it is over.
    expect(await thief.report(madeUp(thief.id, stolen))).toMatchObject(rejected);
    await thief.close();
    const reports = await fleet.closeAndRead(async (store) => {
      const jobs = await store.jobs.list({ sweepId: sweepId(id) });
      const all = await Promise.all(jobs.map((job) => store.jobs.reportsOf(job.id)));
      const attempts = await Promise.all(all.flat().map((report) => store.jobs.getAttempt(report.attemptId)));
      return { jobs: jobs.length, by: attempts.map((each) => each?.deviceId) };
    });
    expect(reports.by).toEqual(Array.from({ length: reports.jobs }, () => owner));
  });

  async function attemptUnderWay(): Promise<{ attemptId: string; jobId: string; fence: number }> {
    const journal = join(fleet.folder, 'agent-0', 'attempt.json');
    let found: { attemptId: string; jobId: string; fence: number } | undefined;
    await until('an attempt', async () => {
      if (!existsSync(journal)) return false;
      found = JSON.parse(await readFile(journal, 'utf8')) as NonNullable<typeof found>;
      return true;
    });
    if (!found) throw new Error('there is no attempt');
    return found;
  }
});

const agentDevice = async () => {
  const device = (await asked(fleet.api.devices.list.query())).find((each) => each.name === 'camera 1');
  if (!device) throw new Error('the agent is gone');
  return device;
};
const agentId = async (): Promise<string> => (await agentDevice()).id;
const classOfAgent = async (): Promise<string> => (await agentDevice()).classId;

/** A stranger on a computer of its own, of a class of its own. */
async function loneDevice(link: string): Promise<LoneDevice> {
  const facts = (await agentDevice()).facts as unknown as DeviceFacts;
  return joinByHand(link, { ...facts, hostId: 'another-computer', name: 'stranger', threads: 7 });
}

const madeUp = (deviceId: string, of: { attemptId: string; jobId: string; fence: number }): Report => ({
  ...of,
  deviceId,
  schema: 1,
  outcome: { $case: 'failed', value: { phase: Phase.PHASE_TIME, code: 'bug', why: 'it is all made up' } },
});

function get(base: string, path: string, headers: Readonly<Record<string, string>>): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const asking = request({ hostname, port, path, headers }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asking.on('error', reject);
    asking.end();
  });
}
