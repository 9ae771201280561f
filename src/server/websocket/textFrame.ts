/** Lengths up to this stand in the second byte; longer ones follow it, in 2 or 8 bytes. */
const longestShort = 125;
const longestMiddle = 0xffff;

/** A WebSocket message from the server (RFC 6455, section 5.2): one text frame, not masked, of these parts in UTF-8. */
export function textFrame(parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const start = length <= longestShort ? 2 : length <= longestMiddle ? 4 : 10;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = 0x81; // the last frame of a text
  if (start === 2) frame[1] = length;
  else if (start === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  let end = start;
  for (const part of parts) {
    frame.set(part, end);
    end += part.length;
  }
  return frame;
}
