/** Before each test file: threads that our code starts load the TypeScript sources, as Jest does. */
jest.mock("node:worker_threads", () => {
  const threads = jest.requireActual("node:worker_threads");
  const execArgv = ["--require", require.resolve("./registerTypeScript.js")];
  class Worker extends threads.Worker {
    constructor(file, options) {
      super(file, { ...options, execArgv });
    }
  }
  return { ...threads, Worker };
});
