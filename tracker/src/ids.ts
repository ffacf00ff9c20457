/** Ids of events and visitors: UUIDs of version 7, whose order is that of time. */

/** Returns a fresh id. Old browsers without a good source of chance get one that is good enough to tell events apart. */
export function newId(now = Date.now()): string {
  const bytes = new Uint8Array(16);
  try {
    crypto.getRandomValues(bytes);
  } catch {
    for (let i = 0; i < 16; i++) bytes[i] = Math.random() * 256;
  }
  for (let i = 0; i < 6; i++) bytes[i] = now / 2 ** (40 - 8 * i);
  bytes[6] = (bytes[6]! & 15) | 112;
  bytes[8] = (bytes[8]! & 63) | 128;
  let hex = "";
  bytes.forEach((byte, i) => {
    hex += (i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "") + (byte + 256).toString(16).slice(1);
  });
  return hex;
}

/** Returns a short hash of `text` (FNV-1a): what is remembered of an order's id. */
export function hash(text: string): string {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  return (h >>> 0).toString(36);
}
