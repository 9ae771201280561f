import type { Task, TaskList } from "graphile-worker";
import { z } from "zod";
import type { Tracing } from "../tracing/tracing";
import { executeCommand } from "../services/requests/executeCommand";
import { sendNotification, type MailTransport } from "../services/notifications/sendNotification";
import type { ServiceContext } from "../services/serviceContext";
import { settleDue } from "../services/requests/settleDue";

const notificationPayload = z.object({ notificationId: z.uuid() });
/** Milliseconds from which on a job is worth a line of its own. */
const slow = 10_000;
const cancellationPayload = z.object({ recordIds: z.array(z.uuid()) });

/** The worker's tasks by name. Every task may run again after it has run completely or in part. */
export function createTaskList(context: ServiceContext, mail: MailTransport, tracing: Tracing): TaskList {
  const tasks: Record<string, Task> = {
    async sendNotification(payload, { job }) {
      await sendNotification(context, mail, notificationPayload.parse(payload).notificationId, job.locked_by);
    },
    async finishCancellation(payload) {
      const { recordIds } = cancellationPayload.parse(payload);
      const { failed } = await executeCommand(context, { type: "FINISH_CANCELLATION" }, { recordIds }, null);
      const [first] = failed;
      if (first !== undefined) throw new Error(`Record ${first.recordId} can't be canceled: ${first.message}`);
    },
    async settleDue() {
      await settleDue(context);
    },
  };
  return Object.fromEntries(
    Object.entries(tasks).map(([name, task]) => [name, watched(name, context, tracing, atPresentTime(context, task))]),
  );
}

/** Logs and traces each run of a task. Failed and slow runs are logged at info. */
function watched(name: string, { logger }: ServiceContext, tracing: Tracing, task: Task): Task {
  return async (payload, helpers) => {
    const { id, attempts } = helpers.job;
    const facts = { "changeover.job.id": String(id), "changeover.job.attempt": attempts };
    await tracing.span(`job ${name}`, { kind: "consumer", facts }, async () => {
      const began = performance.now();
      let outcome = "failed";
      try {
        await task(payload, helpers);
        outcome = "ok";
      } finally {
        const milliseconds = Math.round(performance.now() - began);
        const level = outcome === "ok" && milliseconds < slow ? "debug" : "info";
        const traceId = tracing.traceId() ?? undefined;
        logger[level]({ job: name, jobId: String(id), attempt: attempts, milliseconds, outcome, traceId }, "job");
      }
    });
  };
}

/** A task that begins by looking at the clock, which a sandbox may have moved. */
function atPresentTime({ clock }: ServiceContext, task: Task): Task {
  return async (payload, helpers) => {
    await clock.refresh();
    await task(payload, helpers);
  };
}
