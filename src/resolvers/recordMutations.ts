import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import type { CocpCommand } from "../domain/commands";
import { checkCaseNumber, checkNote } from "../domain/text";
import {
  AmendCocpEffectiveDateInput,
  CancelCocpInput,
  ResendNotificationInput,
  RespondToCocpInput,
  ReviewCocpInput,
  UpdateNotificationContactInput,
} from "../schema/inputs";
import { CocpRecordsPayload } from "../schema/payloads";
import { mutationArgs, mutationFields } from "../schema/rootFields";
import { actOnRecords, type ActionOutcome, type ActionTarget } from "../services/requests/actOnRecords";
import { resendNotification } from "../services/requests/resendNotification";
import { updateContact } from "../services/requests/updateContact";
import { requestIdKey } from "../domain/keys";
import { globalId, globalIdKey } from "./globalId";
import { toRecord } from "./views/recordViews";
import type { RequestContext } from "./requestContext";

@Resolver()
export class RecordMutations {
  @Mutation(() => CocpRecordsPayload, mutationFields.acceptCocp)
  async acceptCocp(
    @Ctx() context: RequestContext,
    @Arg("input", () => RespondToCocpInput, mutationArgs.acceptCocp.input) input: RespondToCocpInput,
  ) {
    return await act(context, input, () => ({ type: "ACCEPT", note: noteOf(input) }));
  }

  @Mutation(() => CocpRecordsPayload, mutationFields.declineCocp)
  async declineCocp(
    @Ctx() context: RequestContext,
    @Arg("input", () => RespondToCocpInput, mutationArgs.declineCocp.input) input: RespondToCocpInput,
  ) {
    return await act(context, input, () => ({ type: "DECLINE", note: noteOf(input) }));
  }

  @Mutation(() => CocpRecordsPayload, mutationFields.cancelCocp)
  async cancelCocp(
    @Ctx() context: RequestContext,
    @Arg("input", () => CancelCocpInput, mutationArgs.cancelCocp.input) input: CancelCocpInput,
  ) {
    return await act(context, input, () => ({ type: "CANCEL", note: noteOf(input) }));
  }

  @Mutation(() => CocpRecordsPayload, mutationFields.updatePartnerNotificationContact)
  async updatePartnerNotificationContact(
    @Ctx() context: RequestContext,
    @Arg("input", () => UpdateNotificationContactInput, mutationArgs.updatePartnerNotificationContact.input)
    input: UpdateNotificationContactInput,
  ) {
    const { services, viewer } = context;
    return await toPayload(
      context,
      await updateContact(services, viewer, targetOf(input), input.partnerNotificationContact),
    );
  }

  @Mutation(() => CocpRecordsPayload, mutationFields.resendPartnerNotification)
  async resendPartnerNotification(
    @Ctx() context: RequestContext,
    @Arg("input", () => ResendNotificationInput, mutationArgs.resendPartnerNotification.input)
    input: ResendNotificationInput,
  ) {
    const target = { requestId: requestIdKey(input.requestId), records: namedRecords(input) };
    return await toPayload(context, await resendNotification(context.services, context.viewer, target));
  }

  @Mutation(() => CocpRecordsPayload, mutationFields.startCocpReview)
  async startCocpReview(
    @Ctx() context: RequestContext,
    @Arg("input", () => ReviewCocpInput, mutationArgs.startCocpReview.input) input: ReviewCocpInput,
  ) {
    return await act(context, input, () => ({ type: "START_REVIEW", note: noteOf(input) }));
  }

  @Mutation(() => CocpRecordsPayload, mutationFields.approveCocp)
  async approveCocp(
    @Ctx() context: RequestContext,
    @Arg("input", () => ReviewCocpInput, mutationArgs.approveCocp.input) input: ReviewCocpInput,
  ) {
    return await act(context, input, () => ({ type: "APPROVE", note: noteOf(input) }));
  }

  @Mutation(() => CocpRecordsPayload, mutationFields.refuseCocp)
  async refuseCocp(
    @Ctx() context: RequestContext,
    @Arg("input", () => ReviewCocpInput, mutationArgs.refuseCocp.input) input: ReviewCocpInput,
  ) {
    return await act(context, input, () => ({ type: "REFUSE", note: noteOf(input) }));
  }

  @Mutation(() => CocpRecordsPayload, mutationFields.amendCocpEffectiveDate)
  async amendCocpEffectiveDate(
    @Ctx() context: RequestContext,
    @Arg("input", () => AmendCocpEffectiveDateInput, mutationArgs.amendCocpEffectiveDate.input)
    input: AmendCocpEffectiveDateInput,
  ) {
    const { effectiveDate, caseNumber: given } = input;
    return await act(context, input, () => {
      return { type: "AMEND_EFFECTIVE_DATE", effectiveDate, caseNumber: checkCaseNumber(given, ["caseNumber"]) };
    });
  }
}

interface Target {
  readonly requestId?: string;
  readonly recordIds?: string[] | null;
}

async function act(context: RequestContext, input: Target, command: () => CocpCommand) {
  return await toPayload(context, await actOnRecords(context.services, context.viewer, targetOf(input), command));
}

function noteOf({ note }: { note?: string | null }): string | null {
  return checkNote(note, ["note"]);
}

function targetOf(target: Target): ActionTarget {
  const { requestId } = target;
  return { requestId: requestId === undefined ? null : requestIdKey(requestId), records: namedRecords(target) };
}

function namedRecords({ recordIds }: Target) {
  return recordIds?.map((given) => ({ given, id: globalIdKey("CocpRecord", given) })) ?? null;
}

async function toPayload({ loaders }: RequestContext, { recordIds, userErrors, warnings }: ActionOutcome) {
  const records = await Promise.all(recordIds.map((id) => loaders.records.load(id)));
  return {
    records: records.flatMap((record) => (record === null ? [] : [toRecord(record)])),
    userErrors: userErrors.map(({ code, message, field, recordId, given }) => ({
      code,
      message,
      field,
      recordId: recordId === undefined ? given : globalId("CocpRecord", recordId),
    })),
    warnings,
  };
}
