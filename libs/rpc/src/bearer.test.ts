import { deviceId, milliseconds } from '@fleetfit/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BearerKey, makeBearerKey, signBearer, verifyBearer } from './bearer.ts';

const device = deviceId('phone-1');
const expiresAt = milliseconds(1_700_000_000_000);
const before = milliseconds(expiresAt - 1);

let key: BearerKey;
let token: string;
beforeAll(async () => {
  key = await makeBearerKey();
  token = await signBearer(key, { device, expiresAt });
});

describe('a bearer', () => {
  it('names its device until it ends', async () => {
    expect(await verifyBearer([key], token, before)).toBe(device);
    await expect(verifyBearer([key], token, expiresAt)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringMatching(/expired/),
    });
  });

  it('is good while its key is one of several', async () => {
    const next = await makeBearerKey();
    expect(await verifyBearer([next, key], token, before)).toBe(device);
    await expect(verifyBearer([next], token, before)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('is refused when another key of the same name signed it', async () => {
    const forger = { ...(await makeBearerKey()), id: key.id };
    const forged = await signBearer(forger, { device, expiresAt });
    await expect(verifyBearer([key], forged, before)).rejects.toThrow(/signature/);
  });

  it('is refused when any part was changed', async () => {
    const [head = '', body = '', signature = ''] = token.split('.');
    const other = await signBearer(key, { device: deviceId('phone-2'), expiresAt });
    const none = Buffer.from(JSON.stringify({ alg: 'none', kid: key.id })).toString('base64url');
    const tokens = [
      `${head}.${other.split('.')[1]}.${signature}`,
      `${none}.${body}.`,
      `${head}.${body}`,
      `${token}.x`,
      `${head}.${body}.A`,
    ];
    for (const changed of tokens)
      await expect(verifyBearer([key], changed, before), changed).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it.each(['', '.', '..', 'a.b.c', 'null.null.null', '%%%.x.y', 'x'.repeat(1_000_000)])(
    'is refused when it is rubbish (%#)',
    async (rubbish) => {
      await expect(verifyBearer([key], rubbish, before)).rejects.toMatchObject({ code: 'unauthenticated' });
    },
  );

  it('of another issuer with our key is none of ours', async () => {
    const secret = await crypto.subtle.importKey('pkcs8', Buffer.from(key.privateKey, 'base64url'), 'Ed25519', false, ['sign']);
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'EdDSA', kid: key.id })}.${part({ sub: device, aud: 'elsewhere', exp: 2e9 })}`;
    const signature = Buffer.from(await crypto.subtle.sign('Ed25519', secret, Buffer.from(text))).toString('base64url');
    await expect(verifyBearer([key], `${text}.${signature}`, before)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});
