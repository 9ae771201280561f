import { GraphQLError } from "graphql";
import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { AdvanceSandboxClockInput } from "../schema/inputs";
import { SandboxClockPayload } from "../schema/payloads";
import { mutationArgs, mutationFields } from "../schema/rootFields";
import { advanceSandboxClock } from "../services/sandboxClock";
import type { RequestContext } from "./requestContext";

@Resolver()
export class SandboxResolver {
  @Mutation(() => SandboxClockPayload, mutationFields.advanceSandboxClock)
  async advanceSandboxClock(
    @Ctx() { services }: RequestContext,
    @Arg("input", () => AdvanceSandboxClockInput, mutationArgs.advanceSandboxClock.input)
    input: AdvanceSandboxClockInput,
  ) {
    if (!services.sandbox) {
      throw new GraphQLError("The clock can be moved only in a sandbox.", { extensions: { code: "FORBIDDEN" } });
    }
    return { now: await advanceSandboxClock(services, input) };
  }
}
