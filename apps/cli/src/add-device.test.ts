import { qrCode } from '@fleetfit/api';
import { describe, expect, it } from 'vitest';
import { collectTag, invitation } from './add-device.ts';
import { makePaint } from './paint.ts';

const invited = (phoneLink: string) => ({
  link: 'fleetfit://192.168.1.20:7441/#token',
  phoneLink,
  code: 'K7QF-3M9P',
  qr: qrCode(phoneLink),
  expiresAt: 0,
});

describe('an invitation in the terminal', () => {
  it('has a picture for phones, a link, a code to type, and a command for cameras', () => {
    const lines = invitation(invited('https://192.168.1.20:7444/j#token.print'), { minutes: 10, paint: makePaint({ colour: false }) });
    expect(lines[0]).toBe('On a phone, scan this (good for 10 minutes):');
    expect(lines.filter((line) => /[█▀▄]/.test(line)).length).toBeGreaterThan(15);
    expect(lines).toContain('  https://192.168.1.20:7444/j#token.print');
    expect(lines).toContain('  or open https://192.168.1.20:7444/ and type K7QF-3M9P');
    expect(lines).toContain("  fleetfit join 'fleetfit://192.168.1.20:7441/#token'");
  });

  it('draws the picture in its own colours, so that it reads on any ground', () => {
    const lines = invitation(invited('https://a:1/j#t'), { minutes: 1, paint: makePaint({ colour: true }) });
    const picture = lines.filter((line) => line.includes('█'));
    expect(picture.every((line) => line.startsWith('  \u001b[97;40m') && line.endsWith('\u001b[39;49m'))).toBe(true);
  });

  it('says so when nobody but this computer could follow it', () => {
    const lines = invitation(invited('http://localhost:7444/j#token.print'), { minutes: 1, paint: makePaint({ colour: false }) });
    expect(lines[0]).toBe('In a browser of this computer (good for 1 minute):');
    expect(lines.some((line) => /[█▀▄]/.test(line))).toBe(false);
    expect(lines.at(-1)).toMatch(/works on this computer only.*fleetfit up --listen ADDRESS/);
  });
});

it('collects tags as they are stored', () => {
  expect(collectTag('North', collectTag('shelf'))).toEqual(['shelf', 'north']);
  expect(() => collectTag('two words')).toThrow(/A tag has letters/);
});
