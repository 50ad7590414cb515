/**
 * Two words that both screens show, made from the device's public key: whoever sees the same words on both knows that
 * nobody stands between. 16 bits: enough against a guess during the minutes a join token lives, few enough to read aloud.
 * @param spki public key, SubjectPublicKeyInfo in DER
 */
export async function joinWords(spki: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(spki)));
  const [first = 0, second = 0] = digest;
  return `${FIRST[first >> 4] ?? ''}${SECOND[first & 15] ?? ''} ${FIRST[second >> 4] ?? ''}${SECOND[second & 15] ?? ''}`;
}

// 16 x 16 syllables make 256 words that can be said and heard apart.
const FIRST = ['ba', 'co', 'di', 'fu', 'ga', 'ho', 'ji', 'ku', 'la', 'mo', 'ni', 'pu', 'ra', 'so', 'ti', 'vu'];
const SECOND = ['bel', 'car', 'dor', 'fin', 'gan', 'hum', 'jet', 'kin', 'lum', 'mar', 'nest', 'pol', 'ran', 'sil', 'ton', 'ver'];
