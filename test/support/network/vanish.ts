import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";

/** Whether `vanish` is possible here. */
export const canVanish = process.platform === "linux";

/**
 * From now on no packet that comes for this socket is taken: not even an acknowledgement goes back, so for the other
 * side its peer is gone without a word. Node has no `setsockopt`; Perl, which every Linux has, attaches the filter
 * (SO_ATTACH_FILTER of one instruction: take 0 bytes) to the same socket.
 */
export async function vanish(socket: Socket): Promise<void> {
  const filter = 'pack("S x![P] P", 1, pack("SCCL", 6, 0, 0, 0))';
  const program = `open(my $socket, "+<&=3") or die $!; setsockopt($socket, 1, 26, ${filter}) or die $!`;
  const perl = spawn("perl", ["-e", program], { stdio: ["ignore", "ignore", "inherit", socket] });
  const [code] = (await once(perl, "close")) as [number | null];
  if (code !== 0) throw new Error(`perl ended with ${code}`);
}
