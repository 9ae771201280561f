import type { Task, TaskList } from "graphile-worker";
import { z } from "zod";
import { executeCommand } from "../services/executeCommand";
import { sendNotification, type MailTransport } from "../services/sendNotification";
import type { ServiceContext } from "../services/serviceContext";
import { settleDue } from "../services/settleDue";

const notificationPayload = z.object({ notificationId: z.uuid() });
const cancellationPayload = z.object({ recordIds: z.array(z.uuid()) });

/** What the worker does, by task name. Every task may run again after it was done, or half done. */
export function createTaskList(context: ServiceContext, mail: MailTransport): TaskList {
  const tasks: Record<string, Task> = {
    async sendNotification(payload) {
      await sendNotification(context, mail, notificationPayload.parse(payload).notificationId);
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
  return Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, atPresentTime(context, task)]));
}

/** A task that begins by looking at the clock, which a sandbox may have moved. */
function atPresentTime({ clock }: ServiceContext, task: Task): Task {
  return async (payload, helpers) => {
    await clock.refresh();
    await task(payload, helpers);
  };
}
