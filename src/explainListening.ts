/** An error on listening, with the variable to change; any other error as it is. */
export function explainListening(error: unknown, { host, port }: { host: string; port: number }): unknown {
  const fix = fixOf(error instanceof Error ? Reflect.get(error, "code") : null, host, port);
  return fix === null || !isOfListening(error) ? error : new Error(fix, { cause: error });
}

/** Errors of the database, Redis or the mail server have the same codes. */
function isOfListening(error: unknown): boolean {
  const syscall = error instanceof Error ? Reflect.get(error, "syscall") : null;
  return syscall === "listen" || syscall === "getaddrinfo";
}

function fixOf(code: unknown, host: string, port: number): string | null {
  const other = port + 100 > 65_535 ? port - 100 : port + 100;
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} on ${host} is taken, perhaps by another Changeover. Stop that one, or choose another port: PORT=${other}`;
    case "EACCES":
      return `this user may not listen on port ${port}. Choose one above 1023, such as PORT=4000`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EADDRNOTAVAIL":
    case "EINVAL":
      return `HOST ${host} is no address of this machine (${String(code)}). Set HOST to one, such as 127.0.0.1, or 0.0.0.0 for all`;
    default:
      return null;
  }
}
