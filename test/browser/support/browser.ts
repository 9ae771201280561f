import { chromium, type Browser, type BrowserContext } from "playwright-core";

/** A headless Chromium without a past, which asks nobody anything on its own. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** All that the pages of a context asked for, and all that went wrong in them. */
export interface ContextLog {
  /** URLs of requests and of WebSockets. */
  readonly requested: readonly string[];
  /** Uncaught exceptions, and console errors such as a violated Content-Security-Policy. */
  readonly errors: readonly string[];
}

/** Keeps a log of a context's present and later pages and their workers. */
export function logContext(context: BrowserContext): ContextLog {
  const requested: string[] = [];
  const errors: string[] = [];
  context.on("request", (request) => requested.push(request.url()));
  context.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  context.on("weberror", (error) => errors.push(String(error.error())));
  context.on("page", (page) => page.on("websocket", (socket) => requested.push(socket.url())));
  return { requested, errors };
}
