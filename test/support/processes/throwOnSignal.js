/** Preloaded into a process of ours: throws where nobody catches it, as soon as the process is sent SIGUSR2. */
process.on("SIGUSR2", () => {
  throw new Error("a slip that nobody caught");
});
