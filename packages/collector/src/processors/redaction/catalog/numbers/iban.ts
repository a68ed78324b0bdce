import { CLASS_OF } from '../byte-classes.ts';
import { separatorSize } from '../digit-groups.ts';
import { byteAt, type TextRange } from '../text-range.ts';

/** Lengths by country, from the registry of SWIFT. */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 ' +
    'GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 ' +
    'MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 ' +
    'SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((text) => [text.slice(0, 2), Number(text.slice(2))]),
);

/** Returns the end of the IBAN that starts at `start`, with or without a separator after every four characters, or -1. */
export function detectIban(text: TextRange, start: number): number {
  const { bytes } = text;
  const country = String.fromCharCode(byteAt(text, start) & 0xdf, byteAt(text, start + 1) & 0xdf);
  const length = LENGTHS.get(country);
  if (length === undefined) return -1;
  // ISO/IEC 7064, MOD 97-10, of the account, then the country and the check digits.
  let rest = 0;
  let head = 0;
  let pos = start;
  for (let count = 0; count < length; count++) {
    if (count > 0 && count % 4 === 0) pos += separatorSize(text, pos);
    const byte = byteAt(text, pos++);
    if (CLASS_OF[byte] === 0) return -1;
    const value = byte < 0x3a ? byte - 0x30 : (byte & 0xdf) - 0x37;
    if (count < 4) head = (head * (value > 9 ? 100 : 10) + value) % 97;
    else rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  if (pos < text.end && CLASS_OF[bytes[pos]] !== 0) return -1;
  // The head has two letters, of two digits each, and two digits.
  return (((rest * 1_000_000) % 97) + head) % 97 === 1 ? pos : -1;
}
