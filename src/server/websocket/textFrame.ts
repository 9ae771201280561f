/** Payload lengths up to this are in the second byte. Longer ones follow it, in 2 or 8 bytes. */
const maxShortLength = 125;
const maxMiddleLength = 0xffff;

/** A message from the server as one unmasked text frame (RFC 6455, 5.2). The parts are its text in UTF-8. */
export function textFrame(parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const headerLength = length <= maxShortLength ? 2 : length <= maxMiddleLength ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerLength + length);
  frame[0] = 0x81; // the last frame of a text
  if (headerLength === 2) frame[1] = length;
  else if (headerLength === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  let end = headerLength;
  for (const part of parts) {
    frame.set(part, end);
    end += part.length;
  }
  return frame;
}
