/** Preloaded into a process of ours: rejects a promise that nobody waits for, as soon as the process is sent SIGUSR2. */
process.on("SIGUSR2", () => {
  void Promise.reject(new Error("an abandoned promise"));
});
