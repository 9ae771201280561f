/** An address of its own for each, in one of some networks. */
export function addressOf(net: number, index: number): string {
  return `10.${net}.${Math.floor(index / 250)}.${(index % 250) + 1}`;
}
