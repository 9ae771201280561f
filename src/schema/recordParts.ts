import { Field, ID, Int } from "type-graphql";
import { CocpNotificationKind, CocpNotificationState, CocpParty } from "../domain/model";
import { DateTime } from "./scalars";
import { ObjectType } from "./objectType";

@ObjectType({ description: "The customer's signature under the terms of a request." })
export class Signature {
  @Field(() => String, { description: "As entered on signing." })
  firstName: string;

  @Field(() => String, { description: "As entered on signing." })
  lastName: string;

  @Field(() => String, { description: "E-mail address of the person who was signed in." })
  signedBy: string;

  @Field(() => DateTime, { description: "When the request was signed and submitted." })
  signedAt: Date;

  @Field(() => String, { description: "The text that was signed: ChangePartnerTerms.version." })
  termsVersion: string;
}

@ObjectType({ description: "The PDF, at a URL that works without a header for a few minutes." })
export class CocpForm {
  @Field(() => String, { description: "Name to save it under, such as COCP-7Q4M-K2XW.pdf." })
  fileName: string;

  @Field(() => String, {
    description: "Absolute URL; GET it. When it has expired (status 410), read this field again.",
  })
  downloadUrl: string;

  @Field(() => DateTime, { description: "From then on downloadUrl answers 410." })
  urlExpiresAt: Date;

  @Field(() => String, {
    description: "SHA-256 of the file, 64 hexadecimal digits. The same facts give the same bytes.",
  })
  sha256: string;
}

@ObjectType({ description: "One e-mail about records of a request, and what has become of it." })
export class CocpNotification {
  @Field(() => ID, { description: "Opaque and globally unique; never reused." })
  id: string;

  @Field(() => CocpNotificationKind, { description: "What it tells." })
  kind: CocpNotificationKind;

  @Field(() => CocpParty, { description: "The side that it is addressed to: CUSTOMER, NEW_PARTNER or OLD_PARTNER." })
  recipientParty: CocpParty;

  @Field(() => String, { description: "E-mail address that it is for." })
  recipient: string;

  @Field(() => CocpNotificationState, { description: "Whether it was sent." })
  state: CocpNotificationState;

  @Field(() => String, {
    nullable: true,
    description: "One sentence for a person, saying why it was not sent; null unless SUPPRESSED.",
  })
  suppressedBecause: string | null;

  @Field(() => Int, { description: "How often sending was tried so far." })
  attempts: number;

  @Field(() => DateTime, { description: "When it was queued." })
  createdAt: Date;

  @Field(() => DateTime, { nullable: true, description: "When the mail server took it over; null until SENT." })
  sentAt: Date | null;
}
