import { FleetError } from '@fleetfit/core';

// Crockford's base32: no I, L, O and U, so that what is read aloud or typed from a screen is not mistaken (https://www.crockford.com/base32.html).
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 8;

/**
 * A code that a person can type in place of a join link: `K7QF-3M9P`, 40 bits. Short enough to guess at if one may try often:
 * whoever takes codes limits how often.
 * @param random eight random bytes
 */
export function makeJoinCode(random: Uint8Array): string {
  if (random.length < LENGTH) throw new FleetError('bug', `Cannot make a join code of ${random.length} bytes: it needs ${LENGTH}`);
  const digits = [...random.subarray(0, LENGTH)].map((byte) => DIGITS[byte & 31] ?? '').join('');
  return `${digits.slice(0, LENGTH / 2)}-${digits.slice(LENGTH / 2)}`;
}

/** The eight digits of a code as it was typed: case, spaces and hyphens do not matter, O is 0, I and L are 1. @throws FleetError `invalid` */
export function readJoinCode(typed: string): string {
  const digits = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  if (!/^[0-9A-HJKMNP-TV-Z]{8}$/.test(digits))
    throw new FleetError('invalid', 'Cannot read the join code: it has eight letters and digits, like K7QF-3M9P');
  return digits;
}
