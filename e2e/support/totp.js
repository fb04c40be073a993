// Codes of an authenticator app (RFC 6238: SHA-1, 30 seconds, six digits).
import { createHmac } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

const STEP_MS = 30_000;

function fromBase32(text) {
  const bits = [...text.toUpperCase()].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}

/** The code that the app shows at a time. */
export function code(secret, at = Date.now()) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / STEP_MS)));
  const digest = createHmac("sha1", fromBase32(secret)).update(counter).digest();
  const offset = digest.at(-1) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** The next code: one that was used is not taken again, so this waits until the app shows another. */
export async function nextCode(secret) {
  await pause(STEP_MS - (Date.now() % STEP_MS) + 500);
  return code(secret);
}
