/** A taken port with the cure; any other error as it is. */
export function explainPort(error: unknown, { host, port }: { host: string; port: number }): unknown {
  if (!(error instanceof Error) || Reflect.get(error, "code") !== "EADDRINUSE") return error;
  const other = port + 100 > 65_535 ? port - 100 : port + 100;
  return new Error(
    `port ${port} on ${host} is taken, perhaps by another Changeover. Stop that one, or choose another port: PORT=${other}`,
    { cause: error },
  );
}
