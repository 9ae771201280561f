import { Field } from "type-graphql";
import { TermsFormKind } from "../domain/model";
import { BillingAccount } from "./directory";
import { ObjectType } from "./objectType";

@ObjectType({ description: "The part of the terms that is about the accounts of one channel." })
export class TermsSection {
  @Field(() => TermsFormKind, { description: "CHANGE_OF_SOFTWARE_ADVISOR or CHANGE_OF_RESELLER." })
  kind: TermsFormKind;

  @Field(() => String, { description: "Heading of the section." })
  title: string;

  @Field(() => String, { description: "The text to show, in full; plain text with blank lines between paragraphs." })
  body: string;

  @Field(() => [BillingAccount], {
    description: "The accounts that the section applies to, of those that the viewer may see.",
  })
  billingAccounts: BillingAccount[];
}

@ObjectType({ description: "The form to review: one section for each channel among the accounts." })
export class ChangePartnerTerms {
  @Field(() => TermsFormKind, { description: "COMBINED when there are DIRECT and INDIRECT accounts." })
  kind: TermsFormKind;

  @Field(() => String, {
    description: "Names the exact text; what the signature refers to. Pass it on as SignatureInput.termsVersion.",
  })
  version: string;

  @Field(() => String, { description: "Title of the form." })
  title: string;

  @Field(() => [TermsSection], { description: "One or two sections, to be shown together above the signature." })
  sections: TermsSection[];
}
