import type { Writable } from "node:stream";
import * as ws from "ws";
import { textFrame } from "../../../src/server/websocket/textFrame";

/** The parser of `ws`, which its types lack. */
const Receiver = Reflect.get(ws, "Receiver") as new () => Writable;

const lengths = [0, 1, 125, 126, 1_000, 65_535, 65_536, 200_000];

test.each(lengths)("`ws` reads a text of %p bytes from its frame", (length) => {
  const text = "é".repeat(Math.floor(length / 2)) + ".".repeat(length % 2);
  const bytes = Buffer.from(text);
  const read: string[] = [];
  const receiver = new Receiver();
  receiver.on("message", (data: Buffer, isBinary: boolean) => read.push(`${isBinary} ${data.toString()}`));
  const parts = [bytes.subarray(0, length / 3), bytes.subarray(length / 3), Buffer.alloc(0)];
  receiver.write(Buffer.concat([textFrame(parts), textFrame([Buffer.from("next")])]));
  expect(bytes).toHaveLength(length);
  expect(read).toEqual([`false ${text}`, "false next"]);
});
